//! Listing any of the resources: query, sorting, paging.

use crate::exchange::{Call, Distortion, Reply, array};
use crate::store::{Keyed, Store};

use super::query::{Field, Malformed, field, read};

const DEFAULT_PAGE_SIZE: usize = 100;
/// "Never below 1,000" (fusebill R25); that a larger page is cut to it is assumed (fusebill R53).
const LARGEST_PAGE_SIZE: usize = 1_000;

/// A way to list a resource.
pub(super) struct Listing<R: 'static> {
    /// Distinguishes this listing's questions from others' on the same records.
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field<R>],
}

struct Sorting<'a, R> {
    field: &'a Field<R>,
    descending: bool,
}

impl<R: Keyed> Listing<R> {
    /// Answers one page, rendered row by row.
    pub(super) fn answer(
        &self,
        store: &mut Store<R>,
        call: &Call,
        customer: Option<&str>,
        distortion: Distortion,
        render: impl Fn(&R, Distortion) -> String,
    ) -> Result<Reply, Malformed> {
        let query = call.parameter_any_case("query").unwrap_or("");
        let condition = read(query, self.fields)?;
        let sorting = self.sorting(call)?;
        let page = whole(call, "pageNumber")?.unwrap_or(0);
        let size = match whole(call, "pageSize")? {
            Some(0) => return Err(Malformed),
            size => distortion.page_size(size.unwrap_or(DEFAULT_PAGE_SIZE).min(LARGEST_PAGE_SIZE)),
        };
        let (name, order, by) = sorting
            .as_ref()
            .map_or(("", false, ""), |sorting| (self.name, sorting.descending, sorting.field.name));
        let question = format!("{} {customer:?} {query} {name} {order} {by}", self.name);
        let rows = store.rows(question, |store| {
            let everyone;
            let places = match customer {
                Some(customer) => store.of_customer(customer),
                None => {
                    everyone = (0..store.all().len()).collect::<Vec<_>>();
                    &everyone
                }
            };
            let mut rows: Vec<(usize, &R)> = places
                .iter()
                .copied()
                .zip(store.at(places))
                .filter(|(_, record)| condition.selects(*record))
                .collect();
            if let Some(sorting) = &sorting {
                sorting.sort(&mut rows);
            }
            rows.into_iter().map(|(at, _)| at).collect()
        });
        let all = customer.map_or(store.all().len(), |c| store.of_customer(c).len());
        let (skip, total) = distortion.window(page.saturating_mul(size), rows.len());
        let records = store.at(rows.iter().skip(skip).take(size));
        let body = array(records.enumerate().map(|(at, record)| {
            render(record, if at == 0 { distortion } else { Distortion::None })
        }));
        Ok(paged(Reply::text(200, body), page, size, total, all))
    }

    /// Sorting needs both of its parameters (fusebill R24); that one alone is
    /// refused is assumed (fusebill R53).
    fn sorting(&self, call: &Call) -> Result<Option<Sorting<'_, R>>, Malformed> {
        let given = |name| call.parameter_any_case(name).filter(|text| !text.is_empty());
        match (given("sortOrder"), given("sortExpression")) {
            (None, None) => Ok(None),
            (Some(order), Some(expression)) => Ok(Some(Sorting {
                field: field(self.fields, expression)?,
                descending: match order {
                    order if order.eq_ignore_ascii_case("Ascending") => false,
                    order if order.eq_ignore_ascii_case("Descending") => true,
                    _ => return Err(Malformed),
                },
            })),
            _ => Err(Malformed),
        }
    }
}

impl<R> Sorting<'_, R> {
    /// Nulls are lowest, as in SQL Server; equal rows stay in order of creation.
    fn sort(&self, rows: &mut [(usize, &R)]) {
        let cell = self.field.cell;
        rows.sort_by(|(_, a), (_, b)| {
            let order = cell(a).order_nulls_lowest(&cell(b));
            if self.descending { order.reverse() } else { order }
        });
    }
}

/// A parameter that is a whole number, 0 or more.
fn whole(call: &Call, name: &str) -> Result<Option<usize>, Malformed> {
    call.parameter_any_case(name)
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(|_| Malformed))
        .transpose()
}

/// A parameter that is true or false.
pub(super) fn flag(call: &Call, name: &str) -> Result<Option<bool>, Malformed> {
    match call.parameter_any_case(name) {
        None | Some("") => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(Malformed),
    }
}

/// The paging headers (fusebill R26): `X-Count` is what matches, `X-MaxCount` what
/// there is. `X-MaxPageIndex` is documented as a count and used by clients as the
/// last index, which is what is sent here.
fn paged(reply: Reply, page: usize, size: usize, matching: usize, all: usize) -> Reply {
    let last = matching.div_ceil(size).saturating_sub(1);
    let or_none = |there: bool, page: usize| match there {
        true => page.to_string(),
        false => "-1".to_owned(),
    };
    reply
        .with("x-count", matching)
        .with("x-maxcount", all.max(matching))
        .with("x-nextpage", or_none(page < last, page.saturating_add(1)))
        .with("x-previouspage", or_none(page > 0, page.saturating_sub(1)))
        .with("x-currentpage", page)
        .with("x-pagesize", size)
        .with("x-maxpageindex", last)
}
