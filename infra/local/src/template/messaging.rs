//! Event buses, rules, schedules, queues and the functions that queues feed.

use std::time::Duration;

use serde_json::Value;

use super::stack::FUNCTION;
use super::{Document, Fault};

/// What SQS and Lambda take where the template says nothing.
const DEFAULT_VISIBILITY: u64 = 30;
const DEFAULT_RETENTION: u64 = 4 * 86_400;
const DEFAULT_BATCH: usize = 10;
const DEFAULT_CONCURRENCY: usize = 5;

/// Everything between an event and the function that answers to it.
#[derive(Debug, Default, PartialEq)]
pub struct Messaging {
    /// The names of the event buses.
    pub buses: Vec<String>,
    /// The rules that are on.
    pub rules: Vec<Rule>,
    /// The schedules that are on.
    pub schedules: Vec<Schedule>,
    /// The queues.
    pub queues: Vec<Queue>,
    /// The functions that queues feed.
    pub mappings: Vec<Mapping>,
}

/// A rule: which events of a bus go where.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The rule's logical id.
    pub name: String,
    /// The bus's name.
    pub bus: String,
    /// The event pattern, as it is written.
    pub pattern: Value,
    /// The ARNs of its targets.
    pub targets: Vec<String>,
}

/// A schedule that puts an event on a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The logical id in the template.
    pub name: String,
    /// `cron(..)`, `rate(..)` or `at(..)`.
    pub expression: String,
    /// The time zone that the expression is meant in.
    pub timezone: String,
    /// The bus's name.
    pub bus: String,
    /// The event's source.
    pub source: String,
    /// The event's detail-type.
    pub detail_type: String,
    /// The event's detail: a JSON object, as text.
    pub detail: String,
}

/// A queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// The queue's name.
    pub name: String,
    /// The queue's ARN.
    pub arn: String,
    /// How long a message that was received is hidden from others.
    pub visibility_timeout: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// How long a message waits before it is first seen.
    pub delay: Duration,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// A queue's way out for what cannot be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Redrive {
    /// The ARN of the dead-letter queue.
    pub dead_letters: String,
    /// How often a message is received before it goes there.
    pub max_receives: u32,
}

/// A function's event source mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The logical id of the function.
    pub function: String,
    /// The ARN of the queue that feeds it.
    pub queue: String,
    /// How many messages one event holds at most.
    pub batch_size: usize,
    /// Whether the function's answer may name the messages that failed.
    pub reports_failures: bool,
    /// How many events are with the function at once.
    pub concurrency: usize,
}

impl Messaging {
    /// The sources whose events of kind `detail_type` the rules pass on.
    pub fn sources(&self, detail_type: &str) -> Vec<String> {
        let texts = |rule: &Rule, field: &str| -> Vec<String> {
            let values = rule.pattern.get(field).and_then(Value::as_array);
            values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let of_kind =
            |rule: &&Rule| texts(rule, "detail-type").iter().any(|one| one == detail_type);
        self.rules.iter().filter(of_kind).flat_map(|rule| texts(rule, "source")).collect()
    }

    pub(super) fn read(document: &Document) -> Result<Self, Fault> {
        let mut read = Self::default();
        for (name, _) in document.resources("AWS::Events::EventBus")? {
            let bus = Place::resource(document, name, &Value::Null);
            read.buses.push(bus.attribute(name, "Name")?);
        }
        for (name, resource) in document.resources("AWS::Events::Rule")? {
            read.rules.extend(rule(&Place::resource(document, name, resource))?);
        }
        for (name, resource) in document.resources("AWS::Scheduler::Schedule")? {
            read.schedules.extend(schedule(&Place::resource(document, name, resource))?);
        }
        for (name, resource) in document.resources("AWS::SQS::Queue")? {
            read.queues.push(queue(&Place::resource(document, name, resource))?);
        }
        for (name, resource) in document.resources(FUNCTION)? {
            let events = resource.pointer("/Properties/Events").and_then(Value::as_object);
            for (event_name, event) in events.into_iter().flatten() {
                if event.get("Type").and_then(Value::as_str) == Some("SQS") {
                    let at = format!("Resources.{name}.Properties.Events.{event_name}");
                    let place = Place { document, name, at, resource: event };
                    read.mappings.extend(mapping(&place)?);
                }
            }
        }
        Ok(read)
    }
}

fn rule(place: &Place<'_>) -> Result<Option<Rule>, Fault> {
    if place.is_off("State")? {
        return Ok(None);
    }
    let pattern = place.value("EventPattern")?.ok_or_else(|| {
        place.fault("has no EventPattern: the local stack keeps time with schedules alone")
    })?;
    let mut targets = Vec::new();
    for target in place.value("Targets")?.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let turned = ["Input", "InputPath", "InputTransformer"];
        if turned.iter().any(|key| target.get(*key).is_some()) {
            return Err(place.fault("has a target with an input of its own: the local stack passes the event on as it is"));
        }
        let arn = target.get("Arn").and_then(Value::as_str);
        targets.push(arn.ok_or_else(|| place.fault("has a target without an Arn"))?.to_owned());
    }
    let bus = place.text("EventBusName")?.unwrap_or_else(|| "default".to_owned());
    let bus = bus.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Some(Rule { name: place.name.to_owned(), bus, pattern, targets }))
}

fn schedule(place: &Place<'_>) -> Result<Option<Schedule>, Fault> {
    if place.is_off("State")? {
        return Ok(None);
    }
    let arn = place.required("Target/Arn")?;
    let Some((_, bus)) = arn.split_once(":event-bus/") else {
        return Err(place.fault(
            "has a target that is no event bus, and the local stack's schedules go nowhere else",
        ));
    };
    Ok(Some(Schedule {
        name: place.name.to_owned(),
        expression: place.required("ScheduleExpression")?,
        timezone: place.text("ScheduleExpressionTimezone")?.unwrap_or_else(|| "UTC".to_owned()),
        bus: bus.to_owned(),
        source: place.required("Target/EventBridgeParameters/Source")?,
        detail_type: place.required("Target/EventBridgeParameters/DetailType")?,
        detail: place.text("Target/Input")?.unwrap_or_else(|| "{}".to_owned()),
    }))
}

fn queue(place: &Place<'_>) -> Result<Queue, Fault> {
    if place.text("FifoQueue")?.is_some_and(|fifo| fifo == "true") {
        return Err(place.fault("is a FIFO queue, which the local stack does not have"));
    }
    let redrive = match place.text("RedrivePolicy/deadLetterTargetArn")? {
        None => None,
        Some(dead_letters) => Some(Redrive {
            dead_letters,
            max_receives: place.number("RedrivePolicy/maxReceiveCount", 10)?,
        }),
    };
    let seconds = |key: &str, default: u64| place.number(key, default).map(Duration::from_secs);
    Ok(Queue {
        name: place.attribute(place.name, "QueueName")?,
        arn: place.attribute(place.name, "Arn")?,
        visibility_timeout: seconds("VisibilityTimeout", DEFAULT_VISIBILITY)?,
        retention: seconds("MessageRetentionPeriod", DEFAULT_RETENTION)?,
        delay: seconds("DelaySeconds", 0)?,
        redrive,
    })
}

fn mapping(place: &Place<'_>) -> Result<Option<Mapping>, Fault> {
    if place.text("Enabled")?.is_some_and(|enabled| enabled == "false") {
        return Ok(None);
    }
    if place.value("FilterCriteria")?.is_some() {
        return Err(place.fault("filters messages, which the local stack does not"));
    }
    let reports = place.value("FunctionResponseTypes")?;
    let reports = reports.as_ref().and_then(Value::as_array).into_iter().flatten();
    Ok(Some(Mapping {
        function: place.name.to_owned(),
        queue: place.required("Queue")?,
        batch_size: place.number("BatchSize", DEFAULT_BATCH)?,
        reports_failures: reports.into_iter().any(|kind| kind == "ReportBatchItemFailures"),
        concurrency: place.number("ScalingConfig/MaximumConcurrency", DEFAULT_CONCURRENCY)?,
    }))
}

/// Properties, and where in the template they stand.
struct Place<'a> {
    document: &'a Document,
    name: &'a str,
    at: String,
    resource: &'a Value,
}

impl<'a> Place<'a> {
    fn resource(document: &'a Document, name: &'a str, resource: &'a Value) -> Self {
        Self { document, name, at: format!("Resources.{name}"), resource }
    }

    fn fault(&self, what: &str) -> Fault {
        Fault::new(&self.at, what)
    }

    /// A property, named by its path below `Properties`.
    fn value(&self, path: &str) -> Result<Option<Value>, Fault> {
        let found = self.resource.pointer(&format!("/Properties/{path}"));
        let resolved = found.map(|value| self.document.resolve(value, &self.place(path)));
        Ok(resolved.transpose()?.filter(|value| !value.is_null()))
    }

    fn text(&self, path: &str) -> Result<Option<String>, Fault> {
        let value = self.value(path)?;
        value.map(|value| self.document.text(&value, &self.place(path))).transpose()
    }

    fn required(&self, path: &str) -> Result<String, Fault> {
        self.text(path)?.ok_or_else(|| Fault::new(self.place(path), "is missing"))
    }

    fn number<T: std::str::FromStr>(&self, path: &str, default: T) -> Result<T, Fault> {
        let Some(text) = self.text(path)? else {
            return Ok(default);
        };
        text.parse().map_err(|_| {
            let what = format!("is \"{text}\", where a whole number is needed");
            Fault::new(self.place(path), what)
        })
    }

    fn is_off(&self, path: &str) -> Result<bool, Fault> {
        Ok(self.text(path)?.is_some_and(|state| state == "DISABLED"))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<String, Fault> {
        let call = serde_json::json!({ "Fn::GetAtt": [resource, attribute] });
        self.document.text(&call, &self.at)
    }

    fn place(&self, path: &str) -> String {
        format!("{}.Properties.{}", self.at, path.replace('/', "."))
    }
}

#[cfg(test)]
mod tests;
