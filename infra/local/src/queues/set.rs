//! All queues, with those of dead letters behind the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Queue;
use crate::pace::Pace;
use crate::template;

/// The queues, by name.
#[derive(Debug)]
pub struct Queues {
    queues: BTreeMap<String, Arc<Queue>>,
}

impl Queues {
    /// The template's queues, empty.
    pub fn new(declared: &[template::Queue], pace: Pace) -> Result<Self, String> {
        let mut queues = BTreeMap::new();
        for one in declared {
            build(one, declared, &mut Vec::new(), &mut queues, pace)?;
        }
        Ok(Self { queues })
    }

    /// A queue by its name.
    pub fn by_name(&self, name: &str) -> Option<&Arc<Queue>> {
        self.queues.get(name)
    }

    /// A queue by its ARN.
    pub fn by_arn(&self, arn: &str) -> Option<&Arc<Queue>> {
        self.queues.values().find(|queue| queue.settings.arn == arn)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.queues.keys().map(String::as_str)
    }
}

/// Builds a queue, the one behind it first.
fn build<'d>(
    one: &'d template::Queue,
    declared: &'d [template::Queue],
    above: &mut Vec<&'d str>,
    queues: &mut BTreeMap<String, Arc<Queue>>,
    pace: Pace,
) -> Result<Arc<Queue>, String> {
    let name = one.name.as_str();
    if let Some(built) = queues.get(name) {
        return Ok(Arc::clone(built));
    }
    if above.contains(&name) {
        return Err(format!("{name}: its dead letters come back to it"));
    }
    above.push(name);
    let dead_letters = match &one.redrive {
        None => None,
        Some(redrive) => {
            let arn = &redrive.dead_letters;
            let behind = declared.iter().find(|queue| queue.arn == *arn).ok_or_else(|| {
                format!("{name}: its dead-letter queue {arn} is no queue of the template")
            })?;
            Some((build(behind, declared, above, queues, pace)?, redrive.max_receives))
        }
    };
    let queue = Arc::new(Queue::new(one.clone(), dead_letters, pace));
    queues.insert(one.name.clone(), Arc::clone(&queue));
    Ok(queue)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::template::Redrive;

    fn queue(name: &str, behind: Option<&str>) -> template::Queue {
        template::Queue {
            name: name.to_owned(),
            arn: format!("arn:{name}"),
            visibility_timeout: Duration::from_secs(30),
            retention: Duration::from_secs(600),
            delay: Duration::ZERO,
            redrive: behind
                .map(|name| Redrive { dead_letters: format!("arn:{name}"), max_receives: 1 }),
        }
    }

    #[test]
    fn a_queue_finds_its_dead_letters_wherever_they_are_declared() {
        for declared in
            [[queue("a", Some("b")), queue("b", None)], [queue("b", Some("a")), queue("a", None)]]
        {
            let queues = Queues::new(&declared, Pace::new(1)).unwrap();
            assert_eq!(queues.names().collect::<Vec<_>>(), ["a", "b"]);
            assert_eq!(queues.by_arn("arn:b").unwrap().name(), "b");
        }
    }

    #[test]
    fn dead_letters_that_lead_nowhere_are_refused() {
        let gone = Queues::new(&[queue("a", Some("gone"))], Pace::new(1)).unwrap_err();
        assert!(gone.contains("arn:gone is no queue"), "{gone}");
        let round = [queue("a", Some("b")), queue("b", Some("a"))];
        let round = Queues::new(&round, Pace::new(1)).unwrap_err();
        assert!(round.contains("come back to it"), "{round}");
    }
}
