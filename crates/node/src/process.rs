//! The life of a node, as a child process: read `Start`, bind, say `Listening`, read `Wire`, prepare, say `Ready`, serve; report a sample a
//! few times a second; end at `Stop`, at the end of standard input, or when it cannot go on.

use std::io::{BufRead, Write};
use std::sync::Arc;

use loadline_model::wire::{FromNode, ToNode};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::roles::{self, NodeError};
use crate::runtime::Node;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 4096;

/// Runs a node on this process's standard streams until it ends. Returns the exit status.
pub fn run() -> i32 {
    // The end of standard input ends a node too, but not one that is stopped. A refusal leaves it with that.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    let (to_node, commands) = mpsc::unbounded_channel();
    // A thread of its own: the end of standard input must end the process however busy the runtime is.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            match serde_json::from_str::<ToNode>(&line) {
                Ok(command) => {
                    if to_node.send(command).is_err() {
                        break;
                    }
                }
                Err(error) => say(&FromNode::Event { message: format!("a command could not be read and was left out: {error}") }),
            }
        }
        std::process::exit(0);
    });
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&FromNode::Failed { message: format!("no async runtime: {error}") });
            return 1;
        }
    };
    match runtime.block_on(live(commands)) {
        Ok(()) => 0,
        Err(error) => {
            say(&FromNode::Failed { message: error.to_string() });
            1
        }
    }
}

async fn live(mut commands: mpsc::UnboundedReceiver<ToNode>) -> Result<(), NodeError> {
    let config = loop {
        match commands.recv().await {
            Some(ToNode::Start(config)) => break *config,
            Some(_) => {}
            None => return Ok(()),
        }
    };
    let prepare = roles::prepare(&config.spec.role)?;
    let listener = listen(config.port)?;
    let port = listener.local_addr()?.port();
    let sample_every = std::time::Duration::from_millis(config.sample_every_ms.max(50));
    let node = Arc::new(Node::new(config)?);
    say(&FromNode::Listening { port });
    let peers = loop {
        match commands.recv().await {
            Some(ToNode::Wire { peers }) => break peers,
            Some(other) => obey(&node, &other),
            None => return Ok(()),
        }
    };
    let mut serving = prepare(node.clone(), listener, peers).await?;
    say(&FromNode::Ready);
    let mut tick = tokio::time::interval(sample_every);
    loop {
        tokio::select! {
            // Services never end by themselves: one that does has done its one task (the seeder), or cannot go on.
            ended = &mut serving => {
                ended?;
                say(&FromNode::Final(Box::new(node.sample(true))));
                return Ok(());
            }
            _ = tick.tick() => say(&FromNode::Sample(Box::new(node.sample(false)))),
            command = commands.recv() => match command {
                Some(ToNode::Stop) => {
                    say(&FromNode::Final(Box::new(node.sample(true))));
                    return Ok(());
                }
                Some(other) => obey(&node, &other),
                None => return Ok(()),
            },
        }
    }
}

fn obey(node: &Node, command: &ToNode) {
    match command {
        ToNode::Calm { calm } => node.set_calm(*calm),
        ToNode::Measure => node.measure(),
        ToNode::Start(_) | ToNode::Wire { .. } | ToNode::Stop => {}
    }
}

/// Binds 127.0.0.1 on a port that the system gives, with a long accept queue: a stalled node must not turn clients away in the kernel. `again`
/// is the port that it had before it was killed: connections of that process may still be closing.
fn listen(again: Option<u16>) -> Result<TcpListener, NodeError> {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // Of connections that are still closing only those of a listener with this option let its port be bound again, so it is set from the
    // start. Elsewhere than on Unix the option would let two processes share a port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], again.unwrap_or(0))).into())?;
    socket.listen(BACKLOG as i32)?;
    socket.set_nonblocking(true)?;
    Ok(TcpListener::from_std(socket.into())?)
}

/// One line on standard output. When nobody reads any more there is nobody to tell, and the end of standard input will end the process.
pub(crate) fn say(message: &FromNode) {
    if let Ok(mut line) = serde_json::to_vec(message) {
        line.push(b'\n');
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&line).and_then(|()| out.flush());
    }
}
