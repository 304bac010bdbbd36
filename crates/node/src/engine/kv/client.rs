//! What is known of one client, for itself and for the others: who it is, what it did last, and the mailbox for what others send it
//! (published messages, MONITOR's lines, an element that it waits for). Not its socket: that is `connection`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use super::blocking::Wait;
use super::reply::Protocol;
use super::transaction::{Transaction, Watch};
use crate::runtime::{clock, lock};

/// Bytes of unsent messages at which a subscriber is cut off at once (Redis's own limit).
pub(super) const MAIL_MAX_BYTES: usize = 32 << 20;
/// Bytes of unsent messages at which it is cut off when they stay for [`MAIL_SOFT_NS`].
pub(super) const MAIL_SOFT_BYTES: usize = 8 << 20;
/// Wall time for which a subscriber may be over the lower limit.
pub(super) const MAIL_SOFT_NS: u64 = 60_000_000_000;

/// A client as others see it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: u64,
    pub(super) address: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) since_ns: u64,
    /// When it last sent something, wall ns.
    pub(super) seen_ns: AtomicU64,
    /// Since when it is held up by a frame that does not end or by answers that it does not take, wall ns; 0: it is not.
    pub(super) stalled_ns: AtomicU64,
    /// It has shown the run's token.
    pub(super) is_known: AtomicBool,
    /// Its connection is to end.
    pub(super) is_killed: AtomicBool,
    /// Bytes of answers that wait in its connection.
    pub(super) unsent: AtomicUsize,
    pub(super) shown: Mutex<Shown>,
    mail: Mutex<Mail>,
}

/// What CLIENT LIST shows of a client.
#[derive(Debug, Default, Clone)]
pub(super) struct Shown {
    pub(super) name: Vec<u8>,
    pub(super) lib_name: Vec<u8>,
    pub(super) lib_ver: Vec<u8>,
    /// The latest command's name.
    pub(super) command: &'static str,
    pub(super) channels: usize,
    pub(super) patterns: usize,
    /// Commands queued by MULTI; `None` outside of it.
    pub(super) queued: Option<usize>,
    pub(super) is_resp3: bool,
    pub(super) is_waiting: bool,
    pub(super) is_monitor: bool,
    pub(super) no_evict: bool,
    pub(super) no_touch: bool,
}

/// What others have for a client.
#[derive(Debug, Default)]
struct Mail {
    letters: Vec<u8>,
    /// What the append-only file must hold before the letters may go out.
    durable: u64,
    /// Since when there is more than [`MAIL_SOFT_BYTES`], wall ns; 0: there is not.
    over_ns: u64,
    waker: Option<Waker>,
    /// Among the letters is what the client was waiting for.
    answers: bool,
}

impl Client {
    pub(super) fn new(id: u64, address: SocketAddr, local: SocketAddr) -> Self {
        let now_ns = clock::now_ns();
        Self {
            id,
            address,
            local,
            since_ns: now_ns,
            seen_ns: AtomicU64::new(now_ns),
            stalled_ns: AtomicU64::new(0),
            is_known: AtomicBool::new(false),
            is_killed: AtomicBool::new(false),
            unsent: AtomicUsize::new(0),
            shown: Mutex::default(),
            mail: Mutex::default(),
        }
    }

    /// Says how the client's task is to be woken.
    pub(super) fn wake_with(&self, waker: &Waker) {
        let mut mail = lock(&self.mail);
        if !mail.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            mail.waker = Some(waker.clone());
        }
    }

    /// Puts bytes into the mailbox. A client that does not empty it is cut off. `durable`: what the append-only file must hold before.
    pub(super) fn send(&self, bytes: &[u8], durable: u64, answers: bool) {
        let mut mail = lock(&self.mail);
        if mail.letters.len() + bytes.len() + self.unsent.load(Ordering::Relaxed) > MAIL_MAX_BYTES {
            self.is_killed.store(true, Ordering::Relaxed);
        } else {
            mail.letters.extend_from_slice(bytes);
            mail.durable = mail.durable.max(durable);
            mail.answers |= answers;
        }
        if let Some(waker) = &mail.waker {
            waker.wake_by_ref();
        }
    }

    /// Takes what is in the mailbox: the bytes, what must be durable before they go out, and whether the client was waiting for them.
    pub(super) fn take_mail(&self) -> Option<(Vec<u8>, u64, bool)> {
        let mut mail = lock(&self.mail);
        if mail.letters.is_empty() {
            return None;
        }
        let answers = std::mem::take(&mut mail.answers);
        Some((std::mem::take(&mut mail.letters), std::mem::take(&mut mail.durable), answers))
    }

    /// Ends its connection.
    pub(super) fn kill(&self) {
        self.is_killed.store(true, Ordering::Relaxed);
        if let Some(waker) = &lock(&self.mail).waker {
            waker.wake_by_ref();
        }
    }

    /// Bytes that wait for it, in the mailbox and in its connection.
    pub(super) fn waiting_bytes(&self) -> usize {
        lock(&self.mail).letters.len() + self.unsent.load(Ordering::Relaxed)
    }

    /// Looks whether it has been over the lower limit for too long, or held up for longer than `stalled_most_ns`, or came and did not say
    /// who it is for `stranger_most_ns`; says which.
    pub(super) fn overdue(&self, now_ns: u64, stalled_most_ns: u64, stranger_most_ns: u64) -> Option<&'static str> {
        let stalled_ns = self.stalled_ns.load(Ordering::Relaxed);
        let waiting = self.waiting_bytes();
        let mut mail = lock(&self.mail);
        if waiting < MAIL_SOFT_BYTES {
            mail.over_ns = 0;
        } else if mail.over_ns == 0 {
            mail.over_ns = now_ns;
        }
        if stalled_ns > 0 && now_ns.saturating_sub(stalled_ns) > stalled_most_ns {
            Some("stalled_client")
        } else if !self.is_known.load(Ordering::Relaxed) && now_ns.saturating_sub(self.since_ns) > stranger_most_ns {
            Some("silent_client")
        } else if mail.over_ns > 0 && now_ns - mail.over_ns > MAIL_SOFT_NS {
            Some("output_buffer")
        } else {
            None
        }
    }
}

/// A client as its own connection knows it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) client: Arc<Client>,
    /// It has shown the run's token.
    pub(super) authenticated: bool,
    /// Nothing more is read from it.
    pub(super) closing: bool,
    /// The latest finish that was promised on this connection, wall ns: answers are in order, so none can be due before it.
    pub(super) due_ns: u64,
    /// After MULTI.
    pub(super) transaction: Option<Transaction>,
    pub(super) watch: Watch,
    /// EXEC is running what was queued.
    pub(super) in_exec: bool,
    pub(super) channels: BTreeSet<Box<[u8]>>,
    pub(super) patterns: BTreeSet<Box<[u8]>>,
    pub(super) is_monitor: bool,
    /// CLIENT NO-TOUCH: the keys that it uses do not count as used.
    pub(super) no_touch: bool,
    /// CLIENT REPLY OFF, or SKIP for the next command.
    pub(super) muted: Muted,
    /// What it waits for; nothing is run for it until that came or its time is over.
    pub(super) wait: Option<Wait>,
    pub(super) protocol: Protocol,
}

/// Which answers a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Muted {
    /// All.
    No,
    /// Not the next one.
    SkipNext,
    /// Not this one.
    Skip,
    /// None.
    Off,
}

impl Session {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            authenticated: false,
            closing: false,
            due_ns: 0,
            transaction: None,
            watch: Watch::default(),
            in_exec: false,
            channels: BTreeSet::new(),
            patterns: BTreeSet::new(),
            is_monitor: false,
            no_touch: false,
            muted: Muted::No,
            wait: None,
            protocol: Protocol::Resp2,
        }
    }

    /// True when a RESP2 client may only do what belongs to its subscriptions.
    pub(super) fn only_listens(&self) -> bool {
        self.protocol == Protocol::Resp2 && !(self.channels.is_empty() && self.patterns.is_empty())
    }

    /// Writes down what others may see of it.
    pub(super) fn show(&self, command: &'static str, now_ns: u64) {
        self.client.seen_ns.store(now_ns, Ordering::Relaxed);
        let mut shown = lock(&self.client.shown);
        shown.command = command;
        shown.channels = self.channels.len();
        shown.patterns = self.patterns.len();
        shown.queued = self.transaction.as_ref().map(Transaction::len);
        shown.is_resp3 = self.protocol == Protocol::Resp3;
        shown.is_waiting = self.wait.is_some();
        shown.is_monitor = self.is_monitor;
    }
}
