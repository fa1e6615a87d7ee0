//! The notebook in other tabs: one tab writes, the others show what it shows.

#[expect(clippy::wildcard_imports, reason = "one driver in several files")]
use super::*;
use crate::tabs::News;

impl Driver {
    /// Whether another tab writes this notebook.
    pub(super) fn follows(&self) -> bool {
        self.page.role.get_untracked() == Role::Follows
    }

    /// Opens the channel to the other tabs, where the notebook is stored.
    pub(super) fn join_tabs(&self) {
        let Some(key) = self.key() else {
            return;
        };
        let driver = self.weak.clone();
        let channel = Channel::open(&key, move |news| {
            if let Some(driver) = driver.upgrade() {
                driver.hear_news(news);
            }
        });
        if let Some(channel) = &channel {
            // Tabs that followed the writer before this one follow this one from now on.
            channel.tell(if self.follows() {
                &News::Hello
            } else {
                &News::Anyone
            });
        }
        *self.channel.borrow_mut() = channel;
    }

    /// A new notebook has got its key: nobody else knows it, so the lock is free.
    pub(super) fn became_stored(&self, key: &str) {
        crate::browser::ask_persistence();
        self.join_tabs();
        let (key, driver) = (key.to_owned(), self.weak.clone());
        spawn_local(async move {
            let lost = move || {
                if let Some(driver) = driver.upgrade() {
                    driver.overtaken();
                }
            };
            crate::tabs::claim(&key, lost).await;
        });
    }

    /// Tells the tabs that follow, if there are any.
    pub(super) fn tell(&self, news: impl FnOnce() -> News) {
        if let (true, Some(channel)) = (self.is_followed.get(), &*self.channel.borrow()) {
            channel.tell(&news());
        }
    }

    fn tell_all(&self) {
        let cells = self.cells.borrow();
        let views = cells
            .iter()
            .map(|(id, cell)| (*id, cell.view.get_untracked()));
        let news = News::All {
            notebook: self.session.borrow().notebook().clone(),
            views: views.collect(),
            outputs: self.outputs.borrow().clone(),
        };
        if let Some(channel) = &*self.channel.borrow() {
            channel.tell(&news);
        }
    }

    fn hear_news(&self, news: News) {
        if let (false, News::Hello) = (self.follows(), &news) {
            self.is_followed.set(true);
            return self.tell_all();
        }
        if !self.follows() {
            return;
        }
        match news {
            News::Hello => {}
            News::Anyone => {
                if let Some(channel) = &*self.channel.borrow() {
                    channel.tell(&News::Hello);
                }
            }
            News::All {
                notebook,
                views,
                outputs,
            } => {
                if !notebook.is_sound() {
                    return;
                }
                self.is_followed.set(false);
                *self.session.borrow_mut() =
                    Session::open(notebook, BTreeMap::new(), Catalog::default());
                self.unpainted.borrow_mut().extend(outputs.keys());
                *self.outputs.borrow_mut() = outputs;
                self.show_structure();
                let ids: Vec<CellId> = self.cells.borrow().keys().copied().collect();
                self.show_names(ids);
                let mut presenter = self.presenter.borrow_mut();
                for (cell, view) in views {
                    presenter.push(cell, view);
                }
            }
            News::Edit(edit) => {
                let typed = match &edit {
                    Edit::Source { cell, source } => Some((*cell, source.clone())),
                    _ => None,
                };
                self.dispatch(Event::Edit(edit));
                if let Some((cell, source)) = typed
                    && let Some(signals) = self.cells.borrow().get(&cell)
                {
                    effects::update(signals.source, source);
                }
            }
            News::Views(views) => {
                let mut presenter = self.presenter.borrow_mut();
                for (cell, view) in views {
                    presenter.push(cell, view);
                }
            }
            News::Outputs(cell, outputs) => {
                self.outputs.borrow_mut().insert(cell, outputs);
                self.unpainted.borrow_mut().insert(cell);
            }
        }
        self.ask_frame();
    }

    /// Another tab writes the notebook from now on. What this tab could not store any more is kept
    /// as a version.
    pub fn overtaken(&self) {
        if self.follows() {
            return;
        }
        self.take_version("in the tab that was overtaken");
        self.dispatch(Event::Stop);
        if let Some(kernel) = &*self.kernel.borrow() {
            kernel.end();
        }
        self.page.role.set(Role::Follows);
        self.page.saved.set(Saved::Done);
        self.is_followed.set(false);
        if let Some(channel) = &*self.channel.borrow() {
            channel.tell(&News::Hello);
        }
    }
}
