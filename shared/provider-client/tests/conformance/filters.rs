//! Filters: who applies them, and that they are applied exactly.

use fastrand::Rng;
use invoice::Parameter;
use provider_client::capability::Applied;
use provider_client::provider::Reading;
use sandbox::ProviderKind;

use super::oracle::{self, Clause, Kind, Known, draw};
use super::subject::{Subject, ids, sorted};

/// Each with values that some invoices answer and others do not, held against
/// the naive filter.
pub async fn each_filter_is_applied_by_whom_the_table_says(subject: &Subject) {
    let population = oracle::population(subject).await;
    for parameter in Parameter::ALL.iter().copied() {
        let applied = subject.capabilities().filter(parameter);
        if Kind::of(parameter) == Kind::View {
            a_view_is_shown_by_whom_the_table_says(subject, parameter, applied);
            continue;
        }
        let plain: Vec<Clause> =
            population.iter().filter_map(|known| draw::plain(parameter, known)).collect();
        let Some(applied) = applied else {
            assert!(plain.is_empty(), "{subject} {parameter:?} has data, and is not in the table");
            let invented = invented(parameter);
            assert!(
                !is_by_provider(subject, parameter, &invented.query()),
                "{subject} {}",
                invented.query()
            );
            continue;
        };
        let narrow = plain.iter().find(|clause| {
            let answers = count(&population, clause);
            0 < answers && answers < population.len()
        });
        match narrow {
            Some(clause) => check_plain(subject, &population, clause, applied).await,
            // The company itself is the payer of every invoice, in dollars (finexio R14, R16).
            None if subject.kind == ProviderKind::Finexio
                && matches!(parameter, Parameter::CustomerIds | Parameter::Currency) =>
            {
                check_plain(subject, &population, &plain[0], applied).await;
            }
            None => panic!("{subject} {parameter:?}: nothing to tell invoices apart by"),
        }
        let mut rng = Rng::with_seed(7);
        for near in population.iter().step_by(45) {
            let other = &population[rng.usize(..population.len())];
            check(subject, &population, &draw::any(parameter, near, other, &mut rng)).await;
        }
    }
}

async fn check_plain(subject: &Subject, population: &[Known], clause: &Clause, applied: Applied) {
    let mut query = clause.query();
    if subject.kind == ProviderKind::Fusebill && clause.parameter == Parameter::InvoiceDate {
        // Of drafts it is ours: posted invoices alone.
        assert!(!is_by_provider(subject, clause.parameter, &query), "{subject} {query}");
        query.push_str("&status=active");
    }
    let by_provider = is_by_provider(subject, clause.parameter, &query);
    assert_eq!(by_provider, applied == Applied::ByProvider, "{subject} {query}");
    check(subject, population, clause).await;
}

/// What the provider is said to apply it applies exactly, and nothing that
/// answers is lost by what it narrows besides.
async fn check(subject: &Subject, population: &[Known], clause: &Clause) {
    let query = clause.query();
    let expected = population.iter().filter(|known| clause.holds(known));
    let expected: Vec<String> = expected.map(|known| known.invoice.id.id().to_owned()).collect();
    let read = ids(&subject.walk(&subject.question(&query, Reading::Whole)).await);
    let by_provider = is_by_provider(subject, clause.parameter, &query);
    if by_provider {
        assert_eq!(sorted(read), sorted(expected), "{subject} {query}");
    } else {
        let lost: Vec<&String> = expected.iter().filter(|id| !read.contains(id)).collect();
        assert!(lost.is_empty(), "{subject} {query}: {lost:?}");
    }
    if clause.parameter == Parameter::Status && subject.kind == ProviderKind::NueSelfService {
        // Its one `status` is the payment's: a word of those goes there.
        return;
    }
    if subject.capabilities().filter(clause.parameter) == Some(Applied::ByBridge) {
        assert!(!by_provider, "{subject} {query} is ours by the table");
    }
}

fn is_by_provider(subject: &Subject, parameter: Parameter, query: &str) -> bool {
    let question = subject.question(query, Reading::Whole);
    subject.provider.plan(&question).unwrap().by_provider.contains(&parameter)
}

fn count(population: &[Known], clause: &Clause) -> usize {
    population.iter().filter(|known| clause.holds(known)).count()
}

/// What is shown of lines filters no invoices.
fn a_view_is_shown_by_whom_the_table_says(
    subject: &Subject,
    parameter: Parameter,
    applied: Option<Applied>,
) {
    // Of everybody's invoices Fusebill's drafts come along, whose calls take no
    // `showTrackedItems` (fusebill R13, R14): posted ones alone.
    let query = format!("status=active&includes=lines&{}=true", parameter.word());
    let by_provider = is_by_provider(subject, parameter, &query);
    assert_eq!(by_provider, applied == Some(Applied::ByProvider), "{subject} {query}");
}

fn invented(parameter: Parameter) -> Clause {
    match Kind::of(parameter) {
        Kind::Day(_) | Kind::Instant(_) => Clause::new(parameter, "gte", "2025-01-01"),
        Kind::Amount(_) => Clause::new(parameter, "gte", "1"),
        _ => Clause::new(parameter, "", "A-1"),
    }
}
