//! Reading the query strings of the routes beside the listing.

use invoice::values;
use invoice::{Include, Problem};

use super::parameters::{each, includes, unknown_among};

const PARAMETERS: [&str; 3] = ["includes", "showZeroDollarCharges", "showTrackedItems"];

/// What a caller asks of `GET /invoices/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewQuery {
    /// What beside the invoice itself.
    pub includes: Vec<Include>,
    /// Whether lines of nothing are shown, where the provider can hide them.
    pub show_zero_dollar_charges: Option<bool>,
    /// Whether tracked items are shown, where the provider has them.
    pub show_tracked_items: Option<bool>,
}

impl ViewQuery {
    /// Reads the query string of `GET /invoices/{id}`.
    ///
    /// # Errors
    /// `invalid_parameter`, with a fault for each thing that is wrong.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut parsed = Self::default();
        each(query, |name, value| {
            match name {
                "includes" => parsed.includes = includes(value)?,
                "showZeroDollarCharges" => {
                    parsed.show_zero_dollar_charges = Some(values::flag(value)?);
                }
                "showTrackedItems" => parsed.show_tracked_items = Some(values::flag(value)?),
                _ => return Err(unknown_among(name, &PARAMETERS)),
            }
            Ok(())
        })?;
        Ok(parsed)
    }
}

/// Reads the query string of a route that has no parameters.
///
/// # Errors
/// `invalid_parameter`, with a fault for each parameter there is.
pub fn expect_no_parameters(query: &str) -> Result<(), Problem> {
    each(query, |_, _| Err("there is no such parameter: this route has none".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_of_an_invoice_is_wanted() {
        let view = ViewQuery::parse("includes=raw,lines&showTrackedItems=true").unwrap();
        assert_eq!(view.includes, [Include::Lines, Include::Raw]);
        assert_eq!(view.show_tracked_items, Some(true));
        assert_eq!(view.show_zero_dollar_charges, None);
        assert_eq!(ViewQuery::parse("").unwrap(), ViewQuery::default());
    }

    #[test]
    fn refuses_the_parameters_of_a_listing_and_reports_every_fault() {
        let problem = ViewQuery::parse("includes=line&limit=1&showTrackedItems=yes").unwrap_err();
        let at: Vec<&str> = problem.errors.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(at, ["?includes", "?limit", "?showTrackedItems"]);
        assert!(problem.errors[0].detail.contains("lines"));
        assert!(problem.errors[1].detail.contains("includes"));
    }

    #[test]
    fn a_route_without_parameters_refuses_each() {
        assert!(expect_no_parameters("").is_ok());
        let problem = expect_no_parameters("a=1&b=2").unwrap_err();
        assert_eq!(problem.errors.len(), 2);
    }
}
