//! Killing an instance, and starting it again at the same address. Both are confirmed by the operating system: a killed process has been reaped,
//! one that is back lives and accepts a connection. Other faults are not here.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use loadline_model::wire::ToNode;

use crate::child::Child;
use crate::{Cluster, ClusterError, ClusterEvent, State, launch};

/// A connection to 127.0.0.1 is made at once or not at all; the bound is for a machine that does other things as well.
const CONNECT_WITHIN: Duration = Duration::from_millis(500);

/// What the operating system says of a killed process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Killed {
    /// The process that is gone.
    pub pid: u32,
    /// How it ended: `signal 9`.
    pub how: String,
}

impl Cluster {
    /// Kills an instance and waits until the operating system has taken it away.
    pub async fn kill(&mut self, node: &str) -> Result<Killed, ClusterError> {
        let refused = |reason: &str| ClusterError::Fault { node: node.to_owned(), reason: reason.to_owned() };
        let running = self.nodes.iter_mut().find(|running| running.spec.id == node).ok_or_else(|| refused("is not in this cluster"))?;
        if running.state != State::Alive {
            return Err(refused("does not run, so it cannot be killed"));
        }
        let pid = running.child.pid().ok_or_else(|| refused("has ended already"))?;
        // From here on nothing that it said counts.
        running.state = State::Dead;
        let ended = running.child.kill_and_wait().await.map_err(|reason| refused(&format!("was not seen to end: {reason}")))?;
        Ok(Killed { pid, how: how(ended) })
    }

    /// Starts a killed instance again at its address; [`ClusterEvent::Back`] tells when it serves.
    pub fn restart(&mut self, node: &str) -> Result<(), ClusterError> {
        let refused = |reason: &str| ClusterError::Fault { node: node.to_owned(), reason: reason.to_owned() };
        let at = self.nodes.iter().position(|running| running.spec.id == node).ok_or_else(|| refused("is not in this cluster"))?;
        let Some(running) = self.nodes.get_mut(at) else { return Err(refused("is not in this cluster")) };
        if running.state != State::Dead {
            return Err(refused("runs, so it cannot be started"));
        }
        let config = launch::node_config(&self.config, &running.spec, self.dilation, None)?;
        let config = loadline_model::wire::NodeConfig { port: Some(running.port), ..config };
        let mut child = Child::spawn(&self.config, node)?;
        running.slot = self.slots;
        self.slots += 1;
        child.listen(running.slot, self.events.clone());
        child.tell(&ToNode::Start(Box::new(config)));
        running.child = child;
        running.state = State::Returning;
        Ok(())
    }

    /// Tells an instance that listens again whom it calls.
    pub(crate) fn wire_again(&mut self, at: usize) {
        let Some(spec) = self.nodes.get(at).map(|running| running.spec.clone()) else { return };
        let peers = self.peers_of(&spec);
        if let Some(running) = self.nodes.get_mut(at) {
            running.child.tell(&ToNode::Wire { peers });
        }
    }

    /// An instance says that it is ready again: it counts from now on, if the operating system agrees.
    pub(crate) fn returned(&mut self, at: usize) -> ClusterEvent {
        let Some(running) = self.nodes.get_mut(at) else {
            return ClusterEvent::Said { node: String::new(), message: "an instance that is not in this cluster is ready".to_owned() };
        };
        let node = running.spec.id.clone();
        let address = SocketAddr::from(([127, 0, 0, 1], running.port));
        let accepts = TcpStream::connect_timeout(&address, CONNECT_WITHIN);
        match (running.child.pid(), accepts) {
            (Some(pid), Ok(_)) => {
                running.state = State::Alive;
                running.child.tell(&ToNode::Measure);
                ClusterEvent::Back { node, pid }
            }
            (pid, accepts) => {
                running.state = State::Dead;
                running.child.kill();
                let reason = accepts.err().map_or_else(|| "its process is gone".to_owned(), |error| error.to_string());
                ClusterEvent::Died { node, reason: format!("it was started again (process {pid:?}) and does not answer: {reason}") }
            }
        }
    }
}

#[cfg(unix)]
fn how(ended: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    ended.signal().map_or_else(|| ended.to_string(), |signal| format!("signal {signal}"))
}

#[cfg(not(unix))]
fn how(ended: std::process::ExitStatus) -> String {
    ended.to_string()
}
