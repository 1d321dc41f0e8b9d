//! That the names of a document refer to each other, and that edges follow from it.

use super::super::edges;
use super::super::fields::Problems;
use super::super::{Exception, Members, Pipeline, Producer, Stage};
use model::{ClusterName, TopicName};
use std::collections::{HashMap, HashSet};
use std::fmt::Display;

/// Checks the references and fills in every `from` that is left to the order of the stages.
pub(super) fn check(pipeline: &mut Pipeline, problems: &mut Problems) {
    unique(pipeline, problems);
    for index in 0..pipeline.stages.len() {
        feeders(pipeline, index, problems);
    }
    let carried: Vec<HashSet<TopicName>> =
        edges::carried(pipeline).into_iter().map(|topics| topics.into_iter().cloned().collect()).collect();
    for (index, stage) in pipeline.stages.iter().enumerate() {
        topics(pipeline, index, &carried, problems);
        let pointer = format!("/stages/{index}");
        match &stage.members {
            Members::Producers(list) => producers(pipeline, stage, list, &carried[index], &pointer, problems),
            Members::Sinks(list) => {
                for (at, sink) in list.iter().enumerate() {
                    within(sink.topics.as_deref(), &carried[index], &format!("{pointer}/sinks/{at}/topics"), problems);
                }
            }
            Members::Clusters(_) => {}
        }
        for (at, exception) in stage.exceptions.iter().enumerate() {
            let pointer = format!("{pointer}/exceptions/{at}");
            exceptions(pipeline, stage, exception, &carried[index], &pointer, problems);
        }
    }
    count(pipeline, problems);
}

/// A name stands for one thing: stages, applications, clusters and sinks each once in the whole document.
fn unique(pipeline: &Pipeline, problems: &mut Problems) {
    let mut seen: HashMap<(&'static str, String), String> = HashMap::new();
    let mut once = |noun: &'static str, name: String, pointer: String, problems: &mut Problems| {
        let advice = match seen.get(&(noun, name.clone())) {
            Some(first) => format!("the {noun} '{name}' stands at {first} already: name each once"),
            None => {
                seen.insert((noun, name), pointer);
                return;
            }
        };
        problems.add(&pointer, advice);
    };
    for (index, stage) in pipeline.stages.iter().enumerate() {
        let base = format!("/stages/{index}");
        once("stage", stage.name.to_string(), format!("{base}/name"), problems);
        for at in 0..stage.members.len() {
            let (noun, name, pointer) = match &stage.members {
                Members::Producers(list) => {
                    ("application", list[at].application.to_string(), format!("{base}/producers/{at}/application"))
                }
                Members::Clusters(list) => ("cluster", list[at].to_string(), format!("{base}/clusters/{at}")),
                Members::Sinks(list) => ("sink", list[at].name.to_string(), format!("{base}/sinks/{at}/name")),
            };
            once(noun, name, pointer, problems);
        }
    }
}

/// Which stages feed the stage `index`: those that it names, else the one before it.
fn feeders(pipeline: &mut Pipeline, index: usize, problems: &mut Problems) {
    let (before, rest) = pipeline.stages.split_at_mut(index);
    let Some(stage) = rest.first_mut() else { return };
    let base = format!("/stages/{index}");
    if matches!(stage.members, Members::Producers(_)) {
        if !stage.from.is_empty() {
            problems.add(&format!("{base}/from"), "producers begin a pipeline: leave 'from' out");
        }
        return;
    }
    let implied = stage.from.is_empty();
    if implied {
        stage.from.extend(before.last().map(|previous| previous.name.clone()));
    }
    for (at, name) in stage.from.iter().enumerate() {
        let pointer = if implied { base.clone() } else { format!("{base}/from/{at}") };
        let Some(feeder) = before.iter().find(|other| other.name == *name) else {
            problems.add(&pointer, format!("no stage '{name}' stands before this one: name an earlier stage"));
            continue;
        };
        match (&feeder.members, &stage.members) {
            (Members::Sinks(_), _) => {
                problems.add(
                    &pointer,
                    format!("the stage '{name}' holds sinks, and nothing follows a sink: name another in 'from'"),
                );
            }
            (Members::Producers(_), Members::Sinks(_)) => {
                problems.add(&pointer, format!("the stage '{name}' holds producers, and sinks take from clusters: name a stage of clusters in 'from'"));
            }
            _ => {}
        }
    }
    if stage.from.is_empty() && matches!(stage.members, Members::Sinks(_)) {
        problems.add(&base, "sinks take from clusters: put a stage of clusters before this one");
    }
}

fn topics(pipeline: &Pipeline, index: usize, carried: &[HashSet<TopicName>], problems: &mut Problems) {
    let stage = &pipeline.stages[index];
    let pointer = format!("/stages/{index}/topics");
    for (at, topic) in stage.topics.iter().flatten().enumerate() {
        if !pipeline.topics.contains(topic) {
            let advice = format!("the pipeline has no topic '{topic}': add it to /topics or leave it out here");
            problems.add(&format!("{pointer}/{at}"), advice);
        } else if !carried[index].contains(topic) {
            let names: Vec<&str> = stage.from.iter().map(crate::names::StageName::as_str).collect();
            let advice =
                format!("no stage of {} carries '{topic}': add it there or leave it out here", names.join(", "));
            problems.add(&format!("{pointer}/{at}"), advice);
        }
    }
}

fn producers(
    pipeline: &Pipeline,
    stage: &Stage,
    list: &[Producer],
    carried: &HashSet<TopicName>,
    pointer: &str,
    problems: &mut Problems,
) {
    let fed: Vec<&Stage> = pipeline.stages.iter().filter(|other| other.from.contains(&stage.name)).collect();
    if fed.is_empty() {
        problems.add(pointer, "feeds no stage: put a stage of clusters after it, or name it in a 'from'");
    }
    let clusters: HashSet<ClusterName> = fed
        .iter()
        .flat_map(|stage| match &stage.members {
            Members::Clusters(clusters) => clusters.clone(),
            Members::Producers(_) | Members::Sinks(_) => Vec::new(),
        })
        .collect();
    for (at, producer) in list.iter().enumerate() {
        let pointer = format!("{pointer}/producers/{at}");
        within(producer.topics.as_deref(), carried, &format!("{pointer}/topics"), problems);
        for (at, cluster) in producer.clusters.iter().flatten().enumerate() {
            if !clusters.contains(cluster) {
                let advice =
                    format!("'{cluster}' is no cluster of a stage that this one feeds: name one, or leave it out");
                problems.add(&format!("{pointer}/clusters/{at}"), advice);
            }
        }
    }
}

fn exceptions(
    pipeline: &Pipeline,
    stage: &Stage,
    exception: &Exception,
    carried: &HashSet<TopicName>,
    pointer: &str,
    problems: &mut Problems,
) {
    if stage.from.is_empty() {
        problems.add(pointer, "no edge leads into this stage: leave its exceptions out");
        return;
    }
    within(exception.topics.as_deref(), carried, &format!("{pointer}/topics"), problems);
    let names = edges::upstream_names(pipeline, stage);
    for (at, name) in exception.upstream.iter().flatten().enumerate() {
        if !names.contains(name.as_str()) {
            let shown: String = name.chars().take(80).collect();
            let advice =
                format!("'{shown}' feeds nothing here: name an application or a cluster of the stages in 'from'");
            problems.add(&format!("{pointer}/upstream/{at}"), advice);
        }
    }
}

fn within<N: Eq + std::hash::Hash + Display>(
    names: Option<&[N]>,
    known: &HashSet<N>,
    pointer: &str,
    problems: &mut Problems,
) {
    for (at, name) in names.into_iter().flatten().enumerate() {
        if !known.contains(name) {
            let advice = format!("this stage does not carry '{name}': add it to the stage or leave it out here");
            problems.add(&format!("{pointer}/{at}"), advice);
        }
    }
}

fn count(pipeline: &Pipeline, problems: &mut Problems) {
    let most = problems.limits.edges;
    let edges = edges::of(pipeline, most.saturating_add(1)).len();
    if edges > most {
        problems.add("/stages", format!("more than {most} edges follow (limit edges): split the pipeline"));
    } else if edges == 0 {
        problems.add("/stages", "no edge follows: let a stage of clusters follow another stage");
    }
}
