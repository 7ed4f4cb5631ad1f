//! Objects by id, and in the order of their creation.

use std::collections::{BTreeMap, HashMap};

/// A collection of one kind of object.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    by_id: HashMap<String, (u64, T)>,
    order: BTreeMap<u64, String>,
    next: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            by_id: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<T> Shelf<T> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Adds an object and gives its place in the order.
    pub(crate) fn insert(&mut self, id: &str, object: T) -> u64 {
        let place = self.next;
        self.next += 1;
        self.by_id.insert(id.to_owned(), (place, object));
        self.order.insert(place, id.to_owned());
        place
    }

    /// Puts an object back to the place it was taken from.
    pub(crate) fn put_back(&mut self, place: u64, id: &str, object: T) {
        self.by_id.insert(id.to_owned(), (place, object));
        self.order.insert(place, id.to_owned());
    }

    /// Takes an object out; with its place in the order.
    pub(crate) fn remove(&mut self, id: &str) -> Option<(u64, T)> {
        let (place, object) = self.by_id.remove(id)?;
        self.order.remove(&place);
        Some((place, object))
    }

    /// By id.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id).map(|(_, object)| object)
    }

    /// Whether there is one of this id.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// By id, to change it.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get_mut(id).map(|(_, object)| object)
    }

    /// All, oldest first.
    pub(crate) fn oldest_first(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.order.values().filter_map(|id| self.get(id))
    }

    /// Those of these ids, in the order of the ids.
    pub(crate) fn these<'a>(
        &'a self,
        ids: impl DoubleEndedIterator<Item = &'a String>,
    ) -> impl DoubleEndedIterator<Item = &'a T> {
        ids.filter_map(|id| self.get(id))
    }
}
