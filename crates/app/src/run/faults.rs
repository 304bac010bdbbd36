//! The scenario's faults while a run goes: what is due when, and what to say of it. The cluster does them; a fault that cannot be done is said.

use loadline_cluster::Cluster;
use loadline_model::report::NoteLevel;
use loadline_model::scenario::FaultKind;

use super::RunSpec;
use super::watch::History;

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
    pub(super) async fn perform(&mut self, cluster: &mut Cluster, history: &mut History) -> Option<(NoteLevel, String)> {
        let Due { kind, node, .. } = self.due.pop()?;
        let node = match node {
            Ok(node) => node,
            Err(missing) => {
                let what = if kind == FaultKind::Kill { "killed" } else { "started again" };
                return Some((NoteLevel::Warning, format!("{missing} is not drawn, so it was not {what}: this fault did not happen")));
            }
        };
        Some(match kind {
            FaultKind::Kill => match cluster.kill(&node).await {
                Ok(killed) => {
                    history.died(&node);
                    let text = format!("{node} was killed by the scenario: process {} ended by {}", killed.pid, killed.how);
                    (NoteLevel::Bad, text)
                }
                Err(error) => (NoteLevel::Warning, format!("{error}: this fault did not happen")),
            },
            FaultKind::Restart => match cluster.restart(&node) {
                Ok(()) => (NoteLevel::Info, format!("{node} is started again by the scenario")),
                Err(error) => (NoteLevel::Warning, format!("{error}: it was not started again")),
            },
        })
    }
}
