//! `ib update`: a change of one invoice, as a run of one.

use serde_json::{Map, Value, json};

use super::file;
use super::plan::{self, Foretold};
use super::record::Plan;
use super::{Action, Prepared, go_on};
use crate::answers::{self, WriteResult};
use crate::args::Update;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

/// `ib update`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    update: &Update,
) -> Result<Exit, Failure> {
    let members = members(update)?;
    let name = file::new_name(update.run.as_deref(), Action::Update)?;
    let mut plan = Plan::new(&name, Action::Update, client, members);
    // A shell may leave a carriage return at the end of what it fills in.
    plan.if_match = update.if_match.as_deref().map(|etag| etag.trim().to_owned());
    let asked = async {
        let call = plan::request(&plan, &[&update.reference], true)?;
        let answer = client.send(&call).await?.ok()?;
        answers::read::<WriteResult>(&answer.body)
    };
    let result = tokio::select! {
        result = asked => result?,
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
    };
    if result.dry_run != Some(true) {
        return Err(Failure::here("the API did not answer a dry run as one: nothing more is sent"));
    }
    let foretold = Foretold::of_one(plan::item(&result), plan::came(result));
    go_on(client, terminal, Prepared { plan, foretold }, &update.confirmation).await
}

/// The patch; an empty value clears.
fn members(update: &Update) -> Result<Map<String, Value>, Failure> {
    let value =
        |text: &String| if text.is_empty() { Value::Null } else { Value::from(text.as_str()) };
    let mut patch = Map::new();
    let mut dates = Map::new();
    dates.extend(update.due.iter().map(|date| ("due".to_owned(), value(date))));
    dates.extend(update.invoice_date.iter().map(|date| ("invoice".to_owned(), value(date))));
    if !dates.is_empty() {
        patch.insert("dates".to_owned(), Value::Object(dates));
    }
    match update.purchase_orders.as_slice() {
        [] => {}
        [empty] if empty.is_empty() => {
            patch.insert("tracking".to_owned(), json!({ "poNumbers": null }));
        }
        numbers => {
            patch.insert("tracking".to_owned(), json!({ "poNumbers": numbers }));
        }
    }
    patch.extend(update.terms.iter().map(|terms| ("terms".to_owned(), value(terms))));
    patch.extend(
        update.comment.iter().map(|text| ("comment".to_owned(), Value::from(text.as_str()))),
    );
    let mut fields = Map::new();
    for pair in &update.set {
        let (name, text) =
            pair.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
                Failure::usage(format!("--set {pair}: write it as KEY=VALUE; KEY= clears it"))
            })?;
        fields.insert(name.to_owned(), value(&text.to_owned()));
    }
    if !fields.is_empty() {
        patch.insert("customFields".to_owned(), Value::Object(fields));
    }
    if patch.is_empty() {
        return Err(Failure::usage("nothing is to be changed").advise(
            "such as --due 2026-12-30, --po PO-7, --terms Net30, --comment '..', --set key=value",
        ));
    }
    Ok(patch)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn patch(arguments: &[&str]) -> Result<Value, Failure> {
        let cli = Cli::parse_from([&["ib", "update", "nue:1"], arguments].concat());
        let Command::Update(update) = cli.command else { panic!("{arguments:?}") };
        members(&update).map(Value::Object)
    }

    #[test]
    fn an_empty_value_clears_and_what_is_not_said_stays() {
        for (arguments, expected) in [
            (&["--due", "2026-12-30"][..], json!({"dates": {"due": "2026-12-30"}})),
            (&["--due", "", "--terms", ""], json!({"dates": {"due": null}, "terms": null})),
            (&["--po", "A", "--po", "B"], json!({"tracking": {"poNumbers": ["A", "B"]}})),
            (&["--po", ""], json!({"tracking": {"poNumbers": null}})),
            (&["--set", "a=b=c", "--set", "d="], json!({"customFields": {"a": "b=c", "d": null}})),
        ] {
            assert_eq!(patch(arguments).unwrap(), expected, "{arguments:?}");
        }
        assert!(patch(&[]).is_err() && patch(&["--set", "x"]).is_err());
    }
}
