//! Objects that are written by what they are instances of.

use codec::envelope::{
    CONSTRUCTOR_KW_ARGS, CONSTRUCTOR_POS_ARGS, CONSTRUCTOR_SINGLE_ARG, METHOD_SINGLE_ARG,
};
use codec::write::put_str;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::super::tally::Reason;
use super::super::types::Family;
use super::extension::Names;
use super::{Encoder, Raised};

impl<'py> Encoder<'_, 'py> {
    pub(super) fn lower_family(
        &mut self,
        object: &Bound<'py, PyAny>,
        family: Family,
        names: Names<'_, 'py>,
    ) -> Result<(), Raised> {
        let py = self.py;
        let get = |name: &Bound<'py, PyString>| object.getattr(name);
        if family == Family::Pattern {
            return self.pattern(object);
        }
        self.tally.python(match family {
            Family::Text => Reason::Text,
            _ => Reason::Property,
        });
        let (code, payload) = match family {
            Family::Path => (CONSTRUCTOR_POS_ARGS, get(intern!(py, "parts"))?),
            Family::Uuid => (CONSTRUCTOR_SINGLE_ARG, get(intern!(py, "hex"))?),
            Family::Text => (CONSTRUCTOR_SINGLE_ARG, object.str()?.into_any()),
            Family::Collection => (
                CONSTRUCTOR_SINGLE_ARG,
                py.get_type::<PyTuple>().call1((object,))?,
            ),
            Family::DateTime => {
                let text = object.call_method0(intern!(py, "isoformat"))?;
                let opened = self.open_named(4, names)?;
                self.value(&text)?;
                put_str(&mut self.out, "fromisoformat")?;
                self.close();
                return self.seal(opened, METHOD_SINGLE_ARG);
            }
            Family::TimeDelta => (
                CONSTRUCTOR_POS_ARGS,
                PyTuple::new(
                    py,
                    [
                        get(intern!(py, "days"))?,
                        get(intern!(py, "seconds"))?,
                        get(intern!(py, "microseconds"))?,
                    ],
                )?
                .into_any(),
            ),
            Family::Date => (
                CONSTRUCTOR_POS_ARGS,
                PyTuple::new(
                    py,
                    [
                        get(intern!(py, "year"))?,
                        get(intern!(py, "month"))?,
                        get(intern!(py, "day"))?,
                    ],
                )?
                .into_any(),
            ),
            Family::Time => {
                let fields = PyDict::new(py);
                for name in [
                    intern!(py, "hour"),
                    intern!(py, "minute"),
                    intern!(py, "second"),
                    intern!(py, "microsecond"),
                    intern!(py, "tzinfo"),
                    intern!(py, "fold"),
                ] {
                    fields.set_item(name, get(name)?)?;
                }
                (CONSTRUCTOR_KW_ARGS, fields.into_any())
            }
            Family::TimeZone => (
                CONSTRUCTOR_POS_ARGS,
                object.call_method0(intern!(py, "__getinitargs__"))?,
            ),
            Family::ZoneInfo => (CONSTRUCTOR_SINGLE_ARG, get(intern!(py, "key"))?),
            Family::Enum => (CONSTRUCTOR_SINGLE_ARG, get(intern!(py, "value"))?),
            Family::Pattern => return Err(Raised),
        };
        self.named(code, names, &payload)
    }

    /// A `uuid.UUID` and no subclass: its `hex` is its `int`.
    pub(super) fn uuid(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Raised> {
        let bits: u128 = object.getattr(intern!(self.py, "int"))?.extract()?;
        let mut digits = [0_u8; 32];
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let nibble = (bits >> (4 * place)) & 0xf;
            *digit = b"0123456789abcdef"[nibble as usize];
        }
        let opened = self.envelope(3, "uuid", "UUID")?;
        put_str(
            &mut self.out,
            std::str::from_utf8(&digits).map_err(|_| Raised)?,
        )?;
        self.seal(opened, CONSTRUCTOR_SINGLE_ARG)
    }
}
