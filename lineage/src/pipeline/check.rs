//! From a tree of values to a pipeline: first the form of every field, then that the names refer to each other.

mod refer;

use super::fields::{At, Object, Problems};
use super::{
    Alerts, DEFAULT_WINDOW_SECONDS, Exception, Expectation, InvalidPipeline, Limits, Members, Owner, Pipeline,
    Producer, Sink, SinkFormat, Stage, WINDOW_WIDTHS,
};
use crate::edge::ContractKind;
use serde_json::Value;

const KINDS: [(&str, ContractKind); 1] = [("copy", ContractKind::Copy)];
const FORMATS: [(&str, SinkFormat); 1] = [("parquet", SinkFormat::Parquet)];
const LONGEST_OVERDUE_SECONDS: u32 = 7 * 86_400;

pub(super) fn pipeline(value: &Value, limits: &Limits) -> Result<Pipeline, InvalidPipeline> {
    let mut problems = Problems::new(*limits);
    let mut pipeline = form(&At::root(value), &mut problems);
    if let Some(pipeline) = &mut pipeline {
        refer::check(pipeline, &mut problems);
    }
    problems.into_result(pipeline)
}

/// An optional field: `None` when it is there and bad, `Some(None)` when it is not there.
fn optional<'v, T>(
    object: &mut Object<'v>,
    key: &'static str,
    problems: &mut Problems,
    read: impl FnOnce(&At<'v>, &mut Problems) -> Option<T>,
) -> Option<Option<T>> {
    match object.optional(key) {
        None => Some(None),
        Some(at) => read(&at, problems).map(Some),
    }
}

fn required<'v, T>(
    object: &mut Object<'v>,
    key: &'static str,
    problems: &mut Problems,
    read: impl FnOnce(&At<'v>, &mut Problems) -> Option<T>,
) -> Option<T> {
    let at = object.required(key, problems)?;
    read(&at, problems)
}

fn form(at: &At<'_>, problems: &mut Problems) -> Option<Pipeline> {
    let Limits { topics: most_topics, stages: most_stages, .. } = problems.limits;
    let mut object = at.object(problems)?;
    let version = required(&mut object, "version", problems, |at, p| at.integer(1..=1, p));
    let name = required(&mut object, "name", problems, |at, p| at.name(p));
    let description = optional(&mut object, "description", problems, At::text);
    let owner = required(&mut object, "owner", problems, owner);
    let tier = required(&mut object, "tier", problems, |at, p| at.integer(0..=5, p));
    let window = optional(&mut object, "window_seconds", problems, |at, p| at.one_of_numbers(&WINDOW_WIDTHS, p));
    let expectation = optional(&mut object, "expectation", problems, expectation);
    let topics = required(&mut object, "topics", problems, |at, p| at.names(most_topics, "topics", p));
    let stages = required(&mut object, "stages", problems, |at, p| all(&at.list(most_stages, "stages", p)?, p, stage));
    let alerts = optional(&mut object, "alerts", problems, alerts);
    object.finish(problems);
    Some(Pipeline {
        version: version?,
        name: name?,
        description: description?,
        owner: owner?,
        tier: u8::try_from(tier?).ok()?,
        window_seconds: window?.unwrap_or(DEFAULT_WINDOW_SECONDS),
        expectation: expectation?.unwrap_or_default(),
        topics: topics?,
        stages: stages?,
        alerts: alerts?.unwrap_or_default(),
    })
}

/// Reads every entry, also after a bad one.
fn all<'v, T>(
    entries: &[At<'v>],
    problems: &mut Problems,
    read: impl Fn(&At<'v>, &mut Problems) -> Option<T>,
) -> Option<Vec<T>> {
    let read: Vec<Option<T>> = entries.iter().map(|entry| read(entry, problems)).collect();
    read.into_iter().collect()
}

fn owner(at: &At<'_>, problems: &mut Problems) -> Option<Owner> {
    let mut object = at.object(problems)?;
    let team = required(&mut object, "team", problems, At::text);
    let contact = required(&mut object, "contact", problems, At::text);
    object.finish(problems);
    Some(Owner { team: team?, contact: contact? })
}

fn expectation(at: &At<'_>, problems: &mut Problems) -> Option<Expectation> {
    let mut object = at.object(problems)?;
    let kind = optional(&mut object, "kind", problems, |at, p| at.one_of(&KINDS, p));
    let overdue =
        optional(&mut object, "overdue_after_seconds", problems, |at, p| at.integer(1..=LONGEST_OVERDUE_SECONDS, p));
    object.finish(problems);
    Some(Expectation { kind: kind?, overdue_after_seconds: overdue? })
}

fn alerts(at: &At<'_>, problems: &mut Problems) -> Option<Alerts> {
    let most = problems.limits.members;
    let mut object = at.object(problems)?;
    let receivers = required(&mut object, "receivers", problems, |at, p| at.names(most, "members", p));
    object.finish(problems);
    Some(Alerts { receivers: receivers? })
}

fn stage(at: &At<'_>, problems: &mut Problems) -> Option<Stage> {
    let Limits { topics: most_topics, members: most, .. } = problems.limits;
    let mut object = at.object(problems)?;
    let name = required(&mut object, "name", problems, |at, p| at.name(p));
    let from = optional(&mut object, "from", problems, |at, p| at.names(most, "members", p));
    let members = members(&mut object, problems);
    let topics = optional(&mut object, "topics", problems, |at, p| at.names(most_topics, "topics", p));
    let expectation = optional(&mut object, "expectation", problems, expectation);
    let exceptions =
        optional(&mut object, "exceptions", problems, |at, p| all(&at.list(most, "members", p)?, p, exception));
    object.finish(problems);
    Some(Stage {
        name: name?,
        from: from?.unwrap_or_default(),
        members: members?,
        topics: topics?,
        expectation: expectation?.unwrap_or_default(),
        exceptions: exceptions?.unwrap_or_default(),
    })
}

fn members(object: &mut Object<'_>, problems: &mut Problems) -> Option<Members> {
    let most = problems.limits.members;
    let given = [object.optional("producers"), object.optional("clusters"), object.optional("sinks")];
    match given {
        [Some(at), None, None] => {
            Some(Members::Producers(all(&at.list(most, "members", problems)?, problems, producer)?))
        }
        [None, Some(at), None] => Some(Members::Clusters(at.names(most, "members", problems)?)),
        [None, None, Some(at)] => Some(Members::Sinks(all(&at.list(most, "members", problems)?, problems, sink)?)),
        [None, None, None] => {
            problems.add(&object.pointer, "has no members: add 'producers', 'clusters' or 'sinks'");
            None
        }
        _ => {
            let advice = "has members of several kinds: keep one of 'producers', 'clusters' and 'sinks', and make a stage of each";
            problems.add(&object.pointer, advice);
            None
        }
    }
}

fn producer(at: &At<'_>, problems: &mut Problems) -> Option<Producer> {
    let Limits { topics: most_topics, members: most, .. } = problems.limits;
    let mut object = at.object(problems)?;
    let application = required(&mut object, "application", problems, |at, p| at.name(p));
    let clusters = optional(&mut object, "clusters", problems, |at, p| at.names(most, "members", p));
    let topics = optional(&mut object, "topics", problems, |at, p| at.names(most_topics, "topics", p));
    object.finish(problems);
    Some(Producer { application: application?, clusters: clusters?, topics: topics? })
}

fn sink(at: &At<'_>, problems: &mut Problems) -> Option<Sink> {
    let most_topics = problems.limits.topics;
    let mut object = at.object(problems)?;
    let name = required(&mut object, "name", problems, |at, p| at.name(p));
    let format = required(&mut object, "format", problems, |at, p| at.one_of(&FORMATS, p));
    let topics = optional(&mut object, "topics", problems, |at, p| at.names(most_topics, "topics", p));
    object.finish(problems);
    Some(Sink { name: name?, format: format?, topics: topics? })
}

fn exception(at: &At<'_>, problems: &mut Problems) -> Option<Exception> {
    let Limits { topics: most_topics, members: most, .. } = problems.limits;
    let mut object = at.object(problems)?;
    let topics = optional(&mut object, "topics", problems, |at, p| at.names(most_topics, "topics", p));
    let upstream = optional(&mut object, "upstream", problems, |at, p| at.names(most, "members", p));
    let expectation = required(&mut object, "expectation", problems, expectation);
    object.finish(problems);
    Some(Exception { topics: topics?, upstream: upstream?, expectation: expectation? })
}
