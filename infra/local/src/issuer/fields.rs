//! The fields of a query or of a form.

/// Names and values, decoded. One that is empty counts as absent (RFC 6749, section 3.1).
#[derive(Debug, Clone)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of this name.
    pub fn get(&self, wanted: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, value)| name == wanted && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// As `get`, in a text of its own.
    pub fn text(&self, wanted: &str) -> Option<String> {
        self.get(wanted).map(str::to_owned)
    }
}
