//! Reading the query string of a summary.

use invoice::values::{self, Parsed, joined};
use invoice::{Dimension, Filter, Problem};
use url::form_urlencoded::Serializer;

use super::ListQuery;
use super::parameters::{each, unknown_among};

/// The parameters of a summary beside its filter.
const OTHERS: [&str; 2] = ["by", "require"];

/// What a caller asks of `GET /invoices/summary`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SummaryQuery {
    /// The invoices that are summed up: the filter of a listing, read by the same
    /// table, and `require`.
    pub listing: ListQuery,
    /// What they are grouped by, each once.
    pub by: Vec<Dimension>,
}

impl SummaryQuery {
    /// Reads the query string of `GET /invoices/summary`.
    ///
    /// # Errors
    /// `invalid_parameter`, with a fault for each thing that is wrong.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut parsed = Self::default();
        each(query, |name, value| parsed.read(name, value))?;
        Ok(parsed)
    }

    fn read(&mut self, name: &str, value: &str) -> Parsed<()> {
        match name {
            "by" => self.by = dimensions(value)?,
            "require" => self.listing.read(name, value)?,
            _ => {
                let read = self.listing.filter.read_text(name, value);
                return read.unwrap_or_else(|| Err(unknown(name)));
            }
        }
        Ok(())
    }

    /// The question, as a query string: two that mean the same read the same.
    pub fn canonical(&self) -> String {
        let listing = self.listing.canonical();
        if self.by.is_empty() {
            return listing;
        }
        let by = joined(self.by.iter().map(|dimension| dimension.word()));
        let mut canonical = Serializer::for_suffix(listing, 0);
        canonical.append_pair("by", &by).finish()
    }
}

fn dimensions(value: &str) -> Parsed<Vec<Dimension>> {
    let mut by = values::list(value)?
        .into_iter()
        .map(|item| values::word(item, Dimension::ALL, Dimension::word))
        .collect::<Parsed<Vec<_>>>()?;
    by.sort_unstable();
    by.dedup();
    Ok(by)
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = Filter::names().chain(OTHERS).collect();
    unknown_among(name, &known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_filter_of_a_listing_and_what_to_group_by() {
        let filter = "status=draft&amount[gt]=10&connection=nue";
        let query =
            SummaryQuery::parse(&format!("by=currency,aging,currency&{filter}&require=all"))
                .unwrap();
        assert_eq!(query.by, [Dimension::Aging, Dimension::Currency]);
        let listing = ListQuery::parse(&format!("{filter}&require=all")).unwrap();
        assert_eq!(query.listing, listing);
        let repeated = SummaryQuery::parse(&format!("by=aging&by=currency&{filter}&require=all"));
        assert_eq!(repeated.unwrap(), query);
        assert_eq!(SummaryQuery::parse("").unwrap(), SummaryQuery::default());
    }

    #[test]
    fn a_page_of_a_summary_is_refused_and_every_fault_told() {
        let problem =
            SummaryQuery::parse("sort=amount&limit=1&cursor=x&includes=raw&by=stats&amount[x]=1");
        let faults = problem.unwrap_err().errors;
        let at: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(at, ["?sort", "?limit", "?cursor", "?includes", "?by", "?amount[x]"]);
        assert!(faults[4].detail.contains("did you mean status"), "{}", faults[4].detail);
    }

    #[test]
    fn questions_that_mean_the_same_are_written_the_same() {
        let canonical = |query: &str| SummaryQuery::parse(query).unwrap().canonical();
        assert_eq!(
            canonical("by=status,currency&status=Draft"),
            canonical("status=draft&by=currency&by=status")
        );
        for other in ["by=status", "status=draft", "by=status&status=draft&require=all", ""] {
            assert_ne!(canonical(other), canonical("by=status&status=draft"), "{other}");
        }
        // What is read back from a canonical form is what it was made of.
        for query in ["", "by=aging", "status=draft&by=currency,status&require=all"] {
            let read = SummaryQuery::parse(query).unwrap();
            assert_eq!(SummaryQuery::parse(&read.canonical()).unwrap(), read, "{query}");
        }
    }
}
