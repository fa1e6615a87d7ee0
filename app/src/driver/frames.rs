//! Painting: on each animation frame one state of each cell at most.

use super::effects::update;
#[expect(clippy::wildcard_imports, reason = "one driver in several files")]
use super::*;

impl Driver {
    /// Asks for a frame, unless nobody is looking: then everything is shown at once.
    pub(super) fn ask_frame(&self) {
        if crate::browser::is_hidden() {
            let flushed = self.presenter.borrow_mut().flush();
            self.commit(flushed, true);
        } else if !self.frame_asked.replace(true)
            && let (Some(window), Some(on_frame)) = (web_sys::window(), &*self.on_frame.borrow())
        {
            let _ = window.request_animation_frame(on_frame.as_ref().unchecked_ref());
        }
    }

    /// Connects the driver to the browser's frames.
    pub fn connect(self: &Rc<Self>) {
        let driver = Rc::downgrade(self);
        *self.on_frame.borrow_mut() = Some(Closure::new(move |_| {
            if let Some(driver) = driver.upgrade() {
                driver.frame_asked.set(false);
                driver.paint();
            }
        }));
        let driver = Rc::downgrade(self);
        let changed: Closure<dyn Fn()> = Closure::new(move || {
            if let Some(driver) = driver.upgrade() {
                // A frame that was asked for before the page was hidden may never come.
                driver.frame_asked.set(false);
                driver.ask_frame();
            }
        });
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            let function = changed.as_ref().unchecked_ref();
            let _ = document.add_event_listener_with_callback("visibilitychange", function);
        }
        changed.forget();
        self.frame_asked.set(false);
        self.ask_frame();
    }

    pub(super) fn paint(&self) {
        let states = self.presenter.borrow_mut().frame();
        self.commit(states, false);
        if self.presenter.borrow().is_due() {
            self.ask_frame();
        }
    }

    fn commit(&self, states: Vec<(CellId, CellView)>, hidden: bool) {
        if !states.is_empty() {
            self.tell(|| crate::tabs::News::Views(states.clone()));
        }
        let cells = self.cells.borrow();
        for (id, view) in states {
            let Some(cell) = cells.get(&id) else {
                continue;
            };
            let old = cell
                .view
                .with_untracked(|old| (old.status(), old.shown.run()));
            if old != (view.status(), view.shown.run()) {
                if view.status() == engine::Status::Running {
                    self.painted_running.set(Some((id, now())));
                } else if self
                    .painted_running
                    .get()
                    .is_some_and(|(cell, _)| cell == id)
                {
                    self.painted_running.set(None);
                }
                update(cell.elapsed, None);
                let run = view.shown.run();
                crate::browser::mark(
                    &format!("rivulet:cell:{id}:{}", view.status().word()),
                    run.map(|run| run.0 as f64),
                );
            }
            update(cell.view, view);
        }
        drop(cells);
        self.show_outputs(hidden);
        self.show_kernel();
    }

    /// Shows new outputs of cells whose run is painted.
    fn show_outputs(&self, hidden: bool) {
        let cells = self.cells.borrow();
        let outputs = self.outputs.borrow();
        let presenter = self.presenter.borrow();
        self.unpainted.borrow_mut().retain(|id| {
            let (Some(cell), Some(newest)) = (cells.get(id), outputs.get(id)) else {
                return false;
            };
            let painted = presenter.presented(*id).map(|view| view.shown.run());
            // A cell that is queued or blocked again tells of no run, and shows the newest.
            let is_due =
                hidden || painted.is_none_or(|run| run.is_none_or(|run| run >= newest.run));
            if is_due {
                cell.outputs.set(std::sync::Arc::new(newest.clone()));
                self.tell(|| crate::tabs::News::Outputs(*id, newest.clone()));
            }
            !is_due
        });
    }
}
