//! Where the cells stand in a drawing of the graph: in layers, parents above children, and in each
//! layer near their parents (Sugiyama, Tagawa and Toda 1981, without dummy nodes).

use std::collections::BTreeMap;

use protocol::CellId;

/// The cells of each layer, the top one first, from left to right. `cells` are in document order,
/// each with its parents. Cells that wait for each other stand where the first of them would.
#[must_use]
pub fn layers(cells: &[(CellId, Vec<CellId>)]) -> Vec<Vec<CellId>> {
    let parents: BTreeMap<CellId, &[CellId]> = cells
        .iter()
        .map(|(id, parents)| (*id, parents.as_slice()))
        .collect();
    let mut depths: BTreeMap<CellId, usize> = BTreeMap::new();
    for (id, _) in cells {
        find_depth(*id, &parents, &mut depths);
    }
    let count = depths.values().max().map_or(0, |deepest| deepest + 1);
    let mut layers = vec![Vec::new(); count];
    for (id, _) in cells {
        if let Some(layer) = depths.get(id).and_then(|depth| layers.get_mut(*depth)) {
            layer.push(*id);
        }
    }
    let mut columns: BTreeMap<CellId, f64> = BTreeMap::new();
    for layer in &mut layers {
        let mut wished: Vec<(f64, CellId)> = layer
            .iter()
            .enumerate()
            .map(|(at, id)| {
                let known = parents.get(id).copied().unwrap_or_default().iter();
                let known: Vec<f64> = known
                    .filter_map(|parent| columns.get(parent).copied())
                    .collect();
                let middle = known.iter().sum::<f64>() / known.len() as f64;
                (if known.is_empty() { at as f64 } else { middle }, *id)
            })
            .collect();
        wished.sort_by(|one, other| one.0.total_cmp(&other.0));
        *layer = wished.into_iter().map(|(_, id)| id).collect();
        let width = layer.len() as f64;
        columns.extend(
            layer
                .iter()
                .enumerate()
                .map(|(at, id)| (*id, at as f64 - width / 2.0)),
        );
    }
    layers
}

/// The longest path down to a cell, without following cycles and without recursion.
fn find_depth(
    start: CellId,
    parents: &BTreeMap<CellId, &[CellId]>,
    depths: &mut BTreeMap<CellId, usize>,
) {
    // The cells from the start to here, and how many parents of each are done.
    let mut path: Vec<(CellId, usize)> = vec![(start, 0)];
    let mut on_path = std::collections::BTreeSet::from([start]);
    while let Some((id, done)) = path.last_mut() {
        let above = parents.get(id).copied().unwrap_or_default();
        if let Some(next) = above.get(*done).copied() {
            *done += 1;
            let is_new = !depths.contains_key(&next) && parents.contains_key(&next);
            if is_new && on_path.insert(next) {
                path.push((next, 0));
            }
        } else {
            let deepest = above.iter().filter_map(|parent| depths.get(parent)).max();
            let depth = deepest.map_or(0, |depth| depth + 1);
            depths.insert(*id, depth);
            on_path.remove(id);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers_of(cells: &[(u32, &[u32])]) -> Vec<Vec<u32>> {
        let cells: Vec<(CellId, Vec<CellId>)> = cells
            .iter()
            .map(|(id, parents)| (CellId(*id), parents.iter().map(|id| CellId(*id)).collect()))
            .collect();
        let layers = layers(&cells).into_iter();
        layers
            .map(|layer| layer.into_iter().map(|id| id.0).collect())
            .collect()
    }

    #[test]
    fn parents_stand_above_their_children() {
        assert_eq!(layers_of(&[]), Vec::<Vec<u32>>::new());
        assert_eq!(
            layers_of(&[(1, &[]), (2, &[1]), (3, &[1, 2]), (4, &[])]),
            [vec![1, 4], vec![2], vec![3]]
        );
        assert_eq!(
            layers_of(&[(1, &[2]), (2, &[])]),
            [vec![2], vec![1]],
            "not by document order"
        );
    }

    #[test]
    fn children_stand_near_their_parents() {
        assert_eq!(
            layers_of(&[(1, &[]), (2, &[]), (3, &[2]), (4, &[1])])[1],
            [4, 3]
        );
    }

    #[test]
    fn a_cycle_and_a_chain_of_ten_thousand_are_drawn_too() {
        let ring = layers_of(&[(1, &[3]), (2, &[1]), (3, &[2])]);
        assert_eq!(ring.concat().len(), 3);
        let chain: Vec<(CellId, Vec<CellId>)> = (0..10_000)
            .rev()
            .map(|at| {
                (
                    CellId(at),
                    at.checked_sub(1).map(CellId).into_iter().collect(),
                )
            })
            .collect();
        assert_eq!(layers(&chain).len(), 10_000);
    }
}
