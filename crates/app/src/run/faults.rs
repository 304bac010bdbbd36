//! Faults while a run goes: the scenario's, due at their times, and those by hand. The cluster does them; one that cannot be done is said.

use loadline_cluster::Cluster;
use loadline_model::report::NoteLevel;
use loadline_model::scenario::FaultKind;

use super::RunSpec;
use super::watch::History;

/// A fault by hand.
#[derive(Debug, Clone)]
pub struct FaultOrder {
    /// What happens.
    pub kind: FaultKind,
    /// Instance id, `kv-2`.
    pub node: String,
}

/// The faults of a run in order of time.
pub(super) struct Schedule {
    /// Latest first, so that the next one is at the end.
    due: Vec<Due>,
}

struct Due {
    at_s: f64,
    kind: FaultKind,
    node: Result<String, String>,
}

impl Schedule {
    /// The scenario's faults, stretched to the length of this run.
    pub(super) fn new(spec: &RunSpec) -> Self {
        let planned_s = spec.scenario.run.duration_s;
        let due = |fault: &loadline_model::scenario::ScenarioFault| Due {
            at_s: fault.due_s(planned_s, spec.duration_s),
            kind: fault.kind,
            node: fault.node(&spec.sketch).ok_or_else(|| format!("{} {}", fault.component, fault.instance)),
        };
        let mut due: Vec<Due> = spec.scenario.faults.iter().map(due).collect();
        // Stable: of two at the same time the first in the file comes first.
        due.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        due.reverse();
        Self { due }
    }

    /// When the next one is due, wall seconds since the load began.
    pub(super) fn next_s(&self) -> Option<f64> {
        self.due.last().map(|due| due.at_s)
    }

    /// Does the next one, and gives what to note.
    pub(super) async fn perform(&mut self, cluster: &mut Cluster, history: &mut History) -> Option<Told> {
        let Due { kind, node, .. } = self.due.pop()?;
        let node = match node {
            Ok(node) => node,
            Err(missing) => {
                let what = if kind == FaultKind::Kill { "killed" } else { "started again" };
                return Some(Told::not_done(format!("{missing} is not drawn, so it was not {what}: this fault did not happen")));
            }
        };
        Some(perform(kind, &node, "by the scenario", cluster, history).await)
    }
}

/// What came of a fault.
pub(super) struct Told {
    pub(super) level: NoteLevel,
    pub(super) text: String,
    /// False when it could not be done.
    pub(super) happened: bool,
    /// For the charts; absent when nothing happened.
    pub(super) mark: Option<String>,
}

impl Told {
    fn not_done(text: String) -> Self {
        Self { level: NoteLevel::Warning, text, happened: false, mark: None }
    }
}

/// Does one fault. `by` says whose it is.
pub(super) async fn perform(kind: FaultKind, node: &str, by: &str, cluster: &mut Cluster, history: &mut History) -> Told {
    match kind {
        FaultKind::Kill => match cluster.kill(node).await {
            Ok(killed) => {
                history.died(node);
                let text = format!("{node} was killed {by}: process {} ended by {}", killed.pid, killed.how);
                Told { level: NoteLevel::Bad, text, happened: true, mark: Some(format!("{node} killed")) }
            }
            Err(error) => Told::not_done(format!("{error}: this fault did not happen")),
        },
        FaultKind::Restart => match cluster.restart(node) {
            // It is marked when it answers.
            Ok(()) => Told { level: NoteLevel::Info, text: format!("{node} is started again {by}"), happened: true, mark: None },
            Err(error) => Told::not_done(format!("{error}: it was not started again")),
        },
    }
}
