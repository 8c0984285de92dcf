//! What a channel needs of the world its values live in.

/// The world that channel values live in: Python objects in the bridge, the codec's values natively.
///
/// Every operation takes the host (context passing) and may fail with the host's own error, so a Python exception
/// passes through a channel untouched. A host never stores a lock or a borrow across one of these calls.
///
/// `List` and `Set` are the containers that a channel itself owns (the values of a `Topic`, the names and the seen names
/// of a barrier). They belong to the host because upstream hands them out by reference: `checkpoint()` returns the
/// very list or set that a later `update()` changes. A host of Python objects keeps that aliasing; a host of plain
/// values copies, so that there a checkpoint never changes after it was taken.
pub trait Host {
    /// One user value. Duplicated with [`Host::dup`], never by `Clone`, because a Python reference needs its context.
    type Value;
    /// The host's own error: a Python exception in the bridge.
    type Error;
    /// A reducer as the host holds it.
    type Reducer;
    /// The value type of a reducing channel (`typ` upstream).
    type Type;
    /// A list owned by a channel.
    type List;
    /// A set owned by a channel.
    type Set;

    /// Another reference to the same value (not a copy of it).
    fn dup(&self, value: &Self::Value) -> Self::Value;

    /// Another reference to the same reducer.
    fn dup_reducer(&self, reducer: &Self::Reducer) -> Self::Reducer;

    /// Another reference to the same type.
    fn dup_type(&self, typ: &Self::Type) -> Self::Type;

    /// Whether two reducers count as equal (upstream `_operators_equal`: the same object, or either is a lambda).
    ///
    /// # Errors
    /// Whatever looking at the reducers raises.
    fn same_reducer(
        &self,
        left: &Self::Reducer,
        right: &Self::Reducer,
    ) -> Result<bool, Self::Error>;

    /// `operator(current, update)` of a `BinaryOperatorAggregate`; `current` is `None` where upstream passes its `MISSING` sentinel
    /// (an operator that yielded it).
    ///
    /// # Errors
    /// Whatever the reducer raises.
    fn reduce(
        &self,
        reducer: &Self::Reducer,
        current: Option<&Self::Value>,
        update: Self::Value,
    ) -> Result<Self::Value, Self::Error>;

    /// `reducer(current, updates)` of a `DeltaChannel`; `current` is `None` where upstream passes its `MISSING` sentinel
    /// (writes replayed onto a channel that never had a value).
    ///
    /// # Errors
    /// Whatever the reducer raises.
    fn reduce_batch(
        &self,
        reducer: &Self::Reducer,
        current: Option<&Self::Value>,
        updates: Vec<Self::Value>,
    ) -> Result<Self::Value, Self::Error>;

    /// `typ()`: the empty value of a type.
    ///
    /// # Errors
    /// Whatever calling the type raises.
    fn default_of(&self, typ: &Self::Type) -> Result<Self::Value, Self::Error>;

    /// `copy.copy(value)`.
    ///
    /// # Errors
    /// Whatever the value's `__copy__` raises.
    fn shallow_copy(&self, value: &Self::Value) -> Result<Self::Value, Self::Error>;

    /// The value inside an `Overwrite` in any of its three forms (upstream `_get_overwrite`), `None` for any other value.
    ///
    /// # Errors
    /// Whatever looking at the value raises.
    fn overwrite(&self, value: &Self::Value) -> Result<Option<Self::Value>, Self::Error>;

    /// The value inside a `_DeltaSnapshot`, `None` for any other value.
    ///
    /// # Errors
    /// Whatever looking at the value raises.
    fn snapshot(&self, value: &Self::Value) -> Result<Option<Self::Value>, Self::Error>;

    /// `None` for a value that is itself upstream's `MISSING` sentinel; a host of plain values has no such value.
    fn present(&self, value: Self::Value) -> Option<Self::Value> {
        Some(value)
    }

    /// `None`, the value that an open barrier yields.
    fn none(&self) -> Self::Value;

    /// `value is None`.
    fn is_none(&self, value: &Self::Value) -> bool;

    /// A bool.
    fn bool(&self, value: bool) -> Self::Value;

    /// `bool(value)`.
    ///
    /// # Errors
    /// Whatever `__bool__` raises.
    fn truthy(&self, value: &Self::Value) -> Result<bool, Self::Error>;

    /// `str(value)` as an error message shows it.
    ///
    /// # Errors
    /// Whatever `__str__` raises.
    fn display(&self, value: &Self::Value) -> Result<String, Self::Error>;

    /// The tuple `(first, second)`.
    ///
    /// # Errors
    /// No memory.
    fn pair(&self, first: Self::Value, second: Self::Value) -> Result<Self::Value, Self::Error>;

    /// `first, second = value`.
    ///
    /// # Errors
    /// A value that does not unpack into two.
    fn unpack_pair(&self, value: Self::Value) -> Result<(Self::Value, Self::Value), Self::Error>;

    /// `value[1]` of a tuple, `None` for any other value.
    ///
    /// # Errors
    /// A tuple of fewer than two items.
    fn second_of_tuple(&self, value: &Self::Value) -> Result<Option<Self::Value>, Self::Error>;

    /// Appends the items of a list (or a subclass of one), or the value itself if it is none.
    ///
    /// # Errors
    /// Whatever iterating over the list raises.
    fn flatten(&self, value: Self::Value, into: &mut Vec<Self::Value>) -> Result<(), Self::Error>;

    /// `[]`.
    fn new_list(&self) -> Self::List;

    /// `list.extend(items)`.
    ///
    /// # Errors
    /// Whatever extending raises.
    fn extend_list(
        &self,
        list: &mut Self::List,
        items: Vec<Self::Value>,
    ) -> Result<(), Self::Error>;

    /// `not list`.
    ///
    /// # Errors
    /// Whatever asking raises.
    fn list_is_empty(&self, list: &Self::List) -> Result<bool, Self::Error>;

    /// Another reference to the same list; a host of plain values copies it.
    fn dup_list(&self, list: &Self::List) -> Self::List;

    /// `list(list)`: a new list of the same items.
    ///
    /// # Errors
    /// Whatever iterating raises.
    fn list_of(&self, list: &Self::List) -> Result<Self::List, Self::Error> {
        self.copy_list(list)
    }

    /// `list.copy()`: a new list of the same items.
    ///
    /// # Errors
    /// Whatever copying raises.
    fn copy_list(&self, list: &Self::List) -> Result<Self::List, Self::Error>;

    /// The list as a value (the list itself).
    fn list_into_value(&self, list: Self::List) -> Self::Value;

    /// The list that a checkpoint holds, taken over as it is.
    ///
    /// # Errors
    /// A host may refuse a value that is not a list here; upstream takes it and fails when it is used.
    fn adopt_list(&self, value: Self::Value) -> Result<Self::List, Self::Error>;

    /// `set()`.
    fn new_set(&self) -> Self::Set;

    /// `value in set`.
    ///
    /// # Errors
    /// An unhashable value, or whatever hashing or comparing raises.
    fn set_contains(&self, set: &Self::Set, value: &Self::Value) -> Result<bool, Self::Error>;

    /// `set.add(value)`.
    ///
    /// # Errors
    /// An unhashable value, or whatever hashing or comparing raises.
    fn set_add(&self, set: &mut Self::Set, value: Self::Value) -> Result<(), Self::Error>;

    /// `left == right`.
    ///
    /// # Errors
    /// Whatever comparing raises.
    fn same_set(&self, left: &Self::Set, right: &Self::Set) -> Result<bool, Self::Error>;

    /// Another reference to the same set; a host of plain values copies it.
    fn dup_set(&self, set: &Self::Set) -> Self::Set;

    /// `set.copy()`.
    ///
    /// # Errors
    /// Whatever copying raises.
    fn copy_set(&self, set: &Self::Set) -> Result<Self::Set, Self::Error>;

    /// The set as a value (the set itself).
    fn set_into_value(&self, set: Self::Set) -> Self::Value;

    /// The set that a checkpoint holds, taken over as it is.
    ///
    /// # Errors
    /// A host may refuse a value that is not a set here; upstream takes it and fails when it is used.
    fn adopt_set(&self, value: Self::Value) -> Result<Self::Set, Self::Error>;

    /// `str(set)` as an error message shows it.
    ///
    /// # Errors
    /// Whatever `__repr__` of an item raises.
    fn display_set(&self, set: &Self::Set) -> Result<String, Self::Error>;
}
