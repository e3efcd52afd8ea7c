//! Who can sign in.

use function_kit::configuration::TokenScopes;

/// Somebody to be.
#[derive(Debug, PartialEq)]
pub struct Persona {
    /// The name in the form, and the subject of the tokens.
    pub id: &'static str,
    /// The name that a page shows.
    pub name: &'static str,
    /// What that somebody may do, in a line.
    pub may: &'static str,
    /// Whether they may write.
    pub writes: bool,
    /// The customers whom they are held to; none for those of the company itself.
    pub customers: &'static [&'static str],
}

/// Everybody there is. The customers are among the sandbox's, with drafts and debts.
pub static PERSONAS: &[Persona] = &[
    Persona {
        id: "operator",
        name: "Olivia Operator",
        may: "Sees and changes every customer’s invoices.",
        writes: true,
        customers: &[],
    },
    Persona {
        id: "reader",
        name: "Rahul Reader",
        may: "Sees every customer’s invoices and changes none.",
        writes: false,
        customers: &[],
    },
    Persona {
        id: "customer",
        name: "Carla Customer",
        may: "Sees and changes the invoices of two accounts, at Nue and at Fusebill.",
        writes: true,
        customers: &["nue:001KS00000Dv014aYAD", "fusebill:123471"],
    },
    Persona {
        id: "another-customer",
        name: "Chidi Customer",
        may: "Sees the invoices of one account at Nue and changes none.",
        writes: false,
        customers: &["nue:001KS00000DvZ1aYAD", "nue-self-service:001KS00000DvZ1aYAD"],
    },
];

impl Persona {
    /// The persona of this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        PERSONAS.iter().find(|one| one.id == id)
    }

    /// The scopes granted of those that were asked for, all of the persona's where none was.
    pub fn granted(&self, asked: Option<&str>, scopes: &TokenScopes) -> String {
        let mut own = vec![scopes.read.as_str()];
        own.extend(self.writes.then_some(scopes.write.as_str()));
        own.extend(self.customers.is_empty().then_some(scopes.operator.as_str()));
        let Some(asked) = asked else { return own.join(" ") };
        own.extend(["openid", "profile", "offline_access"]);
        asked.split_whitespace().filter(|one| own.contains(one)).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persona_is_granted_what_it_may_and_no_more() {
        let all = "openid invoices/read invoices/write invoices/all root";
        let granted = |id: &str| Persona::find(id).unwrap().granted(Some(all), &Default::default());
        assert_eq!(granted("operator"), "openid invoices/read invoices/write invoices/all");
        assert_eq!(granted("reader"), "openid invoices/read invoices/all");
        assert_eq!(granted("customer"), "openid invoices/read invoices/write");
        assert_eq!(granted("another-customer"), "openid invoices/read");
        let unasked = Persona::find("reader").unwrap().granted(None, &Default::default());
        assert_eq!(unasked, "invoices/read invoices/all");
    }
}
