//! What a channel needs of the world its values live in.

/// The world that channel values live in: Python objects in the bridge, the codec's values natively.
///
/// Every operation takes the host (context passing) and may fail with the host's own error, so a Python exception
/// passes through a channel untouched. A host never stores a lock or a borrow across one of these calls.
pub trait Host {
    /// One user value. Duplicated with [`Host::dup`], never by `Clone`, because a Python reference needs its context.
    type Value;
    /// The host's own error: a Python exception in the bridge.
    type Error;
    /// A reducer as the host holds it.
    type Reducer;
    /// The value type of a reducing channel (`typ` upstream).
    type Type;

    /// Another reference to the same value (not a copy of it).
    fn dup(&self, value: &Self::Value) -> Self::Value;

    /// Another reference to the same reducer.
    fn dup_reducer(&self, reducer: &Self::Reducer) -> Self::Reducer;

    /// Another reference to the same type.
    fn dup_type(&self, typ: &Self::Type) -> Self::Type;

    /// `operator(current, update)` of a `BinaryOperatorAggregate`.
    ///
    /// # Errors
    /// Whatever the reducer raises.
    fn reduce(&self, reducer: &Self::Reducer, current: Self::Value, update: Self::Value) -> Result<Self::Value, Self::Error>;

    /// `reducer(current, updates)` of a `DeltaChannel`.
    ///
    /// # Errors
    /// Whatever the reducer raises.
    fn reduce_batch(&self, reducer: &Self::Reducer, current: Self::Value, updates: Vec<Self::Value>) -> Result<Self::Value, Self::Error>;

    /// `typ()`: the empty value of a type, `None` where calling it raises.
    fn default_of(&self, typ: &Self::Type) -> Option<Self::Value>;

    /// `copy.copy(value)`.
    ///
    /// # Errors
    /// Whatever the value's `__copy__` raises.
    fn shallow_copy(&self, value: &Self::Value) -> Result<Self::Value, Self::Error>;

    /// The value inside an `Overwrite` in any of its three forms, `None` for any other value.
    ///
    /// # Errors
    /// Whatever looking at the value raises.
    fn overwrite(&self, value: &Self::Value) -> Result<Option<Self::Value>, Self::Error>;

    /// The value inside a `_DeltaSnapshot`, `None` for any other value.
    fn snapshot(&self, value: &Self::Value) -> Option<Self::Value>;

    /// The items of a list (or a subclass of one), `None` for any other value. Used by `Topic` to flatten.
    fn list_items(&self, value: &Self::Value) -> Option<Vec<Self::Value>>;

    /// A new list of these items.
    fn list(&self, items: Vec<Self::Value>) -> Self::Value;

    /// The items of a tuple, `None` for any other value.
    fn tuple_items(&self, value: &Self::Value) -> Option<Vec<Self::Value>>;

    /// A new tuple of these items.
    fn tuple(&self, items: Vec<Self::Value>) -> Self::Value;

    /// The items of a set in its iteration order, `None` for any other value.
    fn set_items(&self, value: &Self::Value) -> Option<Vec<Self::Value>>;

    /// A new set of these items.
    ///
    /// # Errors
    /// An unhashable item.
    fn set(&self, items: Vec<Self::Value>) -> Result<Self::Value, Self::Error>;

    /// `None`, the value that an open barrier yields.
    fn none(&self) -> Self::Value;

    /// A bool.
    fn bool(&self, value: bool) -> Self::Value;

    /// `bool(value)`.
    ///
    /// # Errors
    /// Whatever `__bool__` raises.
    fn truthy(&self, value: &Self::Value) -> Result<bool, Self::Error>;

    /// Whether a barrier's name and a written value are equal and hash alike (`value in names`).
    ///
    /// # Errors
    /// Whatever hashing or comparing raises.
    fn same_key(&self, left: &Self::Value, right: &Self::Value) -> Result<bool, Self::Error>;

    /// `str(value)` as an error message shows it.
    ///
    /// # Errors
    /// Whatever `__str__` raises.
    fn display(&self, value: &Self::Value) -> Result<String, Self::Error>;

    /// `repr(value)` as an error message shows it.
    ///
    /// # Errors
    /// Whatever `__repr__` raises.
    fn repr(&self, value: &Self::Value) -> Result<String, Self::Error>;
}
