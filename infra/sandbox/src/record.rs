//! Typed invoice records that can name their fields.

use crate::cell::{Cell, Kind};

/// What to leave out of a record, or spoil in it, when it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape {
    /// A field to leave out.
    pub(crate) without: Option<&'static str>,
    /// A field to write as null.
    pub(crate) null: Option<&'static str>,
}

/// Writes fields as one JSON object, leaving the absent ones out.
pub(crate) fn write_object<'a>(
    fields: impl Iterator<Item = (&'static str, Cell<'a>)>,
    shape: Shape,
    out: &mut String,
) {
    out.push('{');
    let mut first = true;
    for (name, cell) in fields {
        if shape.without == Some(name) || cell == Cell::Absent {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        if shape.null == Some(name) {
            out.push_str("null");
        } else {
            cell.write(out);
        }
    }
    out.push('}');
}

/// A record whose fields can be asked for by the provider's names.
pub(crate) trait Columns {
    /// The names and kinds, in the provider's order.
    const COLUMNS: &'static [(&'static str, Kind)];

    /// One field's value; `None` when there is no such field.
    fn cell(&self, name: &str) -> Option<Cell<'_>>;
}

/// A struct whose fields are known by the provider's names, in the provider's
/// order: [`Columns`], `fields` and `json` follow from one list.
macro_rules! record {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident {
            $( $(#[$meta:meta])* $field:ident ( $wire:literal ) : $type:ty, )+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, serde::Deserialize)]
        $vis struct $name {
            $( $(#[$meta])* #[serde(rename = $wire)] $vis $field: $type, )+
        }

        impl $crate::record::Columns for $name {
            const COLUMNS: &'static [(&'static str, $crate::cell::Kind)] = &[
                $( ($wire, <$type as $crate::cell::Column>::KIND), )+
            ];

            fn cell(&self, name: &str) -> Option<$crate::cell::Cell<'_>> {
                match name {
                    $( $wire => Some($crate::cell::Column::cell(&self.$field)), )+
                    _ => None,
                }
            }
        }

        impl $name {
            /// Every field with its value.
            $vis fn fields(&self) -> impl Iterator<Item = (&'static str, $crate::cell::Cell<'_>)> {
                [ $( ($wire, $crate::cell::Column::cell(&self.$field)), )+ ].into_iter()
            }

            /// The object as JSON.
            $vis fn json(&self, shape: $crate::record::Shape) -> String {
                let mut out = String::with_capacity(1024);
                $crate::record::write_object(self.fields(), shape, &mut out);
                out
            }
        }
    };
}
pub(crate) use record;
