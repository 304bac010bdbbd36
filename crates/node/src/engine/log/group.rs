//! One consumer group: who is a member, which generation holds, who has joined and who has its assignment. Time is an argument
//! (nanoseconds of any monotonic clock) and nothing here waits: answers go through the senders that requests bring along. Assignments
//! themselves are made by the leading consumer and only passed on.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use tokio::sync::oneshot;

use super::limits;

/// A request to join.
#[derive(Debug, Clone)]
pub(super) struct Join {
    /// Id that the coordinator gave before; empty at first.
    pub(super) member_id: String,
    /// Id to give when it has none.
    pub(super) fresh_id: String,
    /// Name of a static member: who comes back under it within its session takes its place, without a rebalance.
    pub(super) instance_id: Option<String>,
    /// What the client calls itself, and where it comes from; only to be shown.
    pub(super) client: (String, String),
    /// Without a heartbeat for this long the member is out, ns.
    pub(super) session_ns: u64,
    /// A rebalance waits this long for it, ns.
    pub(super) rebalance_ns: u64,
    /// `consumer`, normally.
    pub(super) protocol_type: String,
    /// Assignment strategies by name, the preferred first, with what the leader should know.
    pub(super) protocols: Vec<(String, Bytes)>,
}

/// Answer to a [`Join`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Joined {
    pub(super) error: Option<ResponseError>,
    pub(super) generation: i32,
    pub(super) protocol: String,
    pub(super) leader: String,
    pub(super) member_id: String,
    /// Only for the leader: everybody's metadata.
    pub(super) members: Vec<(String, Bytes)>,
}

/// Answer to a sync: the member's assignment.
pub(super) type Synced = Result<Bytes, ResponseError>;

/// A group as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GroupShown {
    /// In the protocol's words.
    pub(super) state: &'static str,
    pub(super) protocol_type: String,
    pub(super) protocol: String,
    pub(super) members: Vec<MemberShown>,
}

/// A member as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemberShown {
    pub(super) id: String,
    pub(super) instance_id: Option<String>,
    pub(super) client_id: String,
    pub(super) client_host: String,
    pub(super) metadata: Bytes,
    pub(super) assignment: Bytes,
}

/// The coordinator's view of a group.
#[derive(Debug)]
pub(super) struct Group {
    state: State,
    generation: i32,
    protocol_type: String,
    protocol: String,
    leader: String,
    members: BTreeMap<String, Member>,
    /// Ids that were given and not used yet, and until when they hold.
    promised: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No members.
    Empty,
    /// Waiting for everybody to join again, at most until `until_ns`. The first rebalance always waits for that, and every further
    /// member moves it, at most to `first_ns`.
    Joining { until_ns: u64, first_ns: Option<u64> },
    /// Waiting for the leader's assignment.
    Syncing { until_ns: u64 },
    /// Everybody has its assignment.
    Stable,
}

#[derive(Debug)]
struct Member {
    instance_id: Option<String>,
    client: (String, String),
    session_ns: u64,
    rebalance_ns: u64,
    protocols: Vec<(String, Bytes)>,
    /// Out at this time, unless it is waiting for an answer.
    expires_ns: u64,
    joining: Option<oneshot::Sender<Joined>>,
    syncing: Option<oneshot::Sender<Synced>>,
    assignment: Bytes,
}

impl Group {
    /// A group without members.
    pub(super) fn new() -> Self {
        Self {
            state: State::Empty,
            generation: 0,
            protocol_type: String::new(),
            protocol: String::new(),
            leader: String::new(),
            members: BTreeMap::new(),
            promised: BTreeMap::new(),
        }
    }

    /// True without members and without ids given out.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.promised.is_empty()
    }

    /// A member joins, for the first time or in a rebalance; it is answered when the rebalance is complete.
    pub(super) fn join(&mut self, now_ns: u64, mut join: Join, answer: oneshot::Sender<Joined>) {
        let taken = self.take_static_place(now_ns, &mut join);
        let comes_back = taken == Ok(true);
        if let Err(error) = taken.and_then(|_| self.may_join(&join)) {
            reply(answer, Joined { error: Some(error), generation: -1, member_id: join.member_id, ..Joined::default() });
            return;
        }
        if join.member_id.is_empty() {
            self.promised.insert(join.fresh_id.clone(), now_ns + join.session_ns);
            self.wait_for_more(now_ns);
            let error = Some(ResponseError::MemberIdRequired);
            reply(answer, Joined { error, generation: -1, member_id: join.fresh_id, ..Joined::default() });
            return;
        }
        let id = join.member_id;
        self.promised.remove(&id);
        let known = self.members.get(&id).map(|member| member.protocols == join.protocols);
        let same = known == Some(true);
        let member = self.members.entry(id.clone()).or_insert_with(|| Member {
            instance_id: join.instance_id,
            client: join.client,
            session_ns: 0,
            rebalance_ns: 0,
            protocols: Vec::new(),
            expires_ns: 0,
            joining: None,
            syncing: None,
            assignment: Bytes::new(),
        });
        member.session_ns = join.session_ns;
        member.rebalance_ns = join.rebalance_ns;
        member.protocols = join.protocols;
        member.expires_ns = now_ns + join.session_ns;
        // The answer to a join that got lost is given again; a follower whose subscription stays the same changes nothing either.
        let settled = match self.state {
            State::Syncing { .. } => same,
            State::Stable => same && (comes_back || id != self.leader),
            State::Empty | State::Joining { .. } => false,
        };
        if settled {
            let joined = self.joined(&id);
            reply(answer, joined);
            return;
        }
        member.joining = Some(answer);
        match self.state {
            State::Empty => {
                self.protocol_type = join.protocol_type;
                self.state = State::Joining {
                    until_ns: now_ns + nanos(limits::FIRST_REBALANCE),
                    first_ns: Some(now_ns + nanos(limits::FIRST_REBALANCE_AT_MOST)),
                };
            }
            State::Joining { .. } if known.is_none() => self.wait_for_more(now_ns),
            State::Joining { .. } => {}
            State::Syncing { .. } | State::Stable => self.rebalance(now_ns),
        }
        self.complete_if_all_joined(now_ns);
    }

    /// A static member that comes without an id gets one at once, and the place of whoever has its name, if anybody has: then true.
    fn take_static_place(&mut self, now_ns: u64, join: &mut Join) -> Result<bool, ResponseError> {
        let Some(instance) = join.instance_id.as_deref() else { return Ok(false) };
        let holder = self.members.iter().find(|(_, member)| member.instance_id.as_deref() == Some(instance)).map(|(id, _)| id.clone());
        if !join.member_id.is_empty() {
            let fenced = holder.is_some_and(|holder| holder != join.member_id);
            return if fenced { Err(ResponseError::FencedInstanceId) } else { Ok(false) };
        }
        let Some(holder) = holder else {
            self.may_join(join)?;
            self.promised.insert(join.fresh_id.clone(), now_ns + join.session_ns);
            join.member_id.clone_from(&join.fresh_id);
            return Ok(false);
        };
        if let Some(mut member) = self.members.remove(&holder) {
            if let Some(joining) = member.joining.take() {
                reply(joining, Joined { error: Some(ResponseError::FencedInstanceId), generation: -1, ..Joined::default() });
            }
            if let Some(syncing) = member.syncing.take() {
                let _ = syncing.send(Err(ResponseError::FencedInstanceId));
            }
            self.members.insert(join.fresh_id.clone(), member);
        }
        if self.leader == holder {
            self.leader.clone_from(&join.fresh_id);
        }
        join.member_id.clone_from(&join.fresh_id);
        Ok(true)
    }

    /// An error when another has taken this static member's place.
    fn check_instance(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), ResponseError> {
        let taken = instance_id.is_some_and(|instance| {
            self.members.iter().any(|(id, member)| member.instance_id.as_deref() == Some(instance) && id != member_id)
        });
        if taken { Err(ResponseError::FencedInstanceId) } else { Ok(()) }
    }

    /// The group as it is.
    pub(super) fn show(&self) -> GroupShown {
        let metadata = |member: &Member| {
            let own = member.protocols.iter().find(|(name, _)| *name == self.protocol);
            own.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
        };
        let members = self.members.iter().map(|(id, member)| MemberShown {
            id: id.clone(),
            instance_id: member.instance_id.clone(),
            client_id: member.client.0.clone(),
            client_host: member.client.1.clone(),
            metadata: metadata(member),
            assignment: member.assignment.clone(),
        });
        let state = match self.state {
            State::Empty => "Empty",
            State::Joining { .. } => "PreparingRebalance",
            State::Syncing { .. } => "CompletingRebalance",
            State::Stable => "Stable",
        };
        GroupShown { state, protocol_type: self.protocol_type.clone(), protocol: self.protocol.clone(), members: members.collect() }
    }

    fn may_join(&self, join: &Join) -> Result<(), ResponseError> {
        if join.protocols.is_empty() || join.protocol_type.is_empty() {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        let others = self.members.iter().filter(|(id, _)| **id != join.member_id);
        if self.members.keys().any(|id| *id != join.member_id) {
            let common = |name: &String| others.clone().all(|(_, member)| member.protocols.iter().any(|(own, _)| own == name));
            if join.protocol_type != self.protocol_type || !join.protocols.iter().any(|(name, _)| common(name)) {
                return Err(ResponseError::InconsistentGroupProtocol);
            }
        }
        if join.member_id.is_empty() {
            let full = self.members.len() + self.promised.len() >= limits::MEMBERS;
            return if full { Err(ResponseError::GroupMaxSizeReached) } else { Ok(()) };
        }
        let known = self.members.contains_key(&join.member_id) || self.promised.contains_key(&join.member_id);
        if known { Ok(()) } else { Err(ResponseError::UnknownMemberId) }
    }

    /// The first rebalance waits a little longer for each further member.
    fn wait_for_more(&mut self, now_ns: u64) {
        if let State::Joining { until_ns, first_ns: Some(first_ns) } = &mut self.state {
            *until_ns = (*first_ns).min(now_ns + nanos(limits::FIRST_REBALANCE));
        }
    }

    fn rebalance(&mut self, now_ns: u64) {
        for member in self.members.values_mut() {
            if let Some(syncing) = member.syncing.take() {
                let _ = syncing.send(Err(ResponseError::RebalanceInProgress));
            }
            member.assignment = Bytes::new();
        }
        let wait_ns = self.members.values().map(|member| member.rebalance_ns).max().unwrap_or(0);
        self.state = State::Joining { until_ns: now_ns + wait_ns, first_ns: None };
    }

    fn complete_if_all_joined(&mut self, now_ns: u64) {
        if let State::Joining { first_ns: None, .. } = self.state
            && self.promised.is_empty()
            && self.members.values().all(|member| member.joining.is_some())
        {
            self.complete(now_ns);
        }
    }

    /// The next generation: those who joined, and whose connection still stands.
    fn complete(&mut self, now_ns: u64) {
        self.members.retain(|_, member| member.joining.as_ref().is_some_and(|joining| !joining.is_closed()));
        self.generation = self.generation.wrapping_add(1).max(1);
        if self.members.is_empty() {
            self.state = State::Empty;
            return;
        }
        if !self.members.contains_key(&self.leader) {
            self.leader = self.members.keys().next().cloned().unwrap_or_default();
        }
        self.protocol = self.choose();
        let wait_ns = self.members.values().map(|member| member.rebalance_ns).max().unwrap_or(0);
        self.state = State::Syncing { until_ns: now_ns + wait_ns };
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let joined = self.joined(&id);
            if let Some(member) = self.members.get_mut(&id) {
                member.expires_ns = now_ns + member.session_ns;
                if let Some(joining) = member.joining.take() {
                    let _ = joining.send(joined);
                }
            }
        }
    }

    /// The strategy that all members have and most prefer.
    fn choose(&self) -> String {
        let has = |member: &Member, name: &str| member.protocols.iter().any(|(own, _)| own == name);
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member.protocols.iter().find(|(name, _)| self.members.values().all(|other| has(other, name)));
            if let Some((name, _)) = vote {
                *votes.entry(name).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name.to_owned()).unwrap_or_default()
    }

    fn joined(&self, id: &str) -> Joined {
        let metadata = |member: &Member| {
            let own = member.protocols.iter().find(|(name, _)| *name == self.protocol);
            own.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
        };
        let members =
            if id == self.leader { self.members.iter().map(|(id, member)| (id.clone(), metadata(member))).collect() } else { Vec::new() };
        Joined {
            error: None,
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            member_id: id.to_owned(),
            members,
        }
    }

    /// A member asks for its assignment; the leader brings everybody's.
    pub(super) fn sync(
        &mut self,
        now_ns: u64,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
        assignments: Vec<(String, Bytes)>,
        answer: oneshot::Sender<Synced>,
    ) {
        if let Err(fenced) = self.check_instance(member_id, instance_id) {
            let _ = answer.send(Err(fenced));
            return;
        }
        let Some(member) = self.members.get_mut(member_id) else {
            let _ = answer.send(Err(ResponseError::UnknownMemberId));
            return;
        };
        member.expires_ns = now_ns + member.session_ns;
        let error = match self.state {
            _ if generation != self.generation => ResponseError::IllegalGeneration,
            State::Syncing { .. } => {
                member.syncing = Some(answer);
                if member_id == self.leader {
                    self.assign(now_ns, assignments);
                }
                return;
            }
            State::Stable => {
                let _ = answer.send(Ok(member.assignment.clone()));
                return;
            }
            State::Joining { .. } | State::Empty => ResponseError::RebalanceInProgress,
        };
        let _ = answer.send(Err(error));
    }

    fn assign(&mut self, now_ns: u64, assignments: Vec<(String, Bytes)>) {
        for (id, assignment) in assignments {
            if let Some(member) = self.members.get_mut(&id) {
                member.assignment = assignment;
            }
        }
        for member in self.members.values_mut() {
            member.expires_ns = now_ns + member.session_ns;
            if let Some(syncing) = member.syncing.take() {
                let _ = syncing.send(Ok(member.assignment.clone()));
            }
        }
        self.state = State::Stable;
    }

    /// A member is alive; the error tells it to join again.
    pub(super) fn heartbeat(
        &mut self,
        now_ns: u64,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        self.check_instance(member_id, instance_id)?;
        let member = self.members.get_mut(member_id).ok_or(ResponseError::UnknownMemberId)?;
        if generation != self.generation {
            return Err(ResponseError::IllegalGeneration);
        }
        member.expires_ns = now_ns + member.session_ns;
        match self.state {
            State::Joining { .. } => Err(ResponseError::RebalanceInProgress),
            State::Empty | State::Syncing { .. } | State::Stable => Ok(()),
        }
    }

    /// True when this member may commit offsets in this generation. Whoever is no member may when there are none (generation -1).
    pub(super) fn may_commit(
        &mut self,
        now_ns: u64,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), ResponseError> {
        if generation < 0 && member_id.is_empty() {
            return if self.members.is_empty() { Ok(()) } else { Err(ResponseError::UnknownMemberId) };
        }
        match self.heartbeat(now_ns, member_id, instance_id, generation) {
            // What was consumed before a rebalance is committed during it.
            Ok(()) | Err(ResponseError::RebalanceInProgress) => {}
            Err(error) => return Err(error),
        }
        if matches!(self.state, State::Syncing { .. }) { Err(ResponseError::RebalanceInProgress) } else { Ok(()) }
    }

    /// A member goes; the others share its partitions.
    pub(super) fn leave(&mut self, now_ns: u64, member_id: &str) -> Result<(), ResponseError> {
        let promised = self.promised.remove(member_id).is_some();
        let member = self.members.remove(member_id).is_some();
        if member {
            self.lost_some(now_ns);
        } else if promised {
            self.complete_if_all_joined(now_ns);
        }
        if member || promised { Ok(()) } else { Err(ResponseError::UnknownMemberId) }
    }

    fn lost_some(&mut self, now_ns: u64) {
        match self.state {
            _ if self.members.is_empty() => self.complete(now_ns),
            State::Stable | State::Syncing { .. } => self.rebalance(now_ns),
            State::Joining { .. } | State::Empty => {}
        }
        self.complete_if_all_joined(now_ns);
    }

    /// Does what time does: members expire, rebalances go on without those who do not come.
    pub(super) fn expire(&mut self, now_ns: u64) {
        let promised = self.promised.len();
        self.promised.retain(|_, until_ns| *until_ns > now_ns);
        let before = self.members.len();
        self.members.retain(|_, member| member.is_waiting() || member.expires_ns > now_ns);
        if self.members.len() < before {
            self.lost_some(now_ns);
        } else if self.promised.len() < promised {
            self.complete_if_all_joined(now_ns);
        }
        match self.state {
            State::Joining { until_ns, .. } if until_ns <= now_ns => self.complete(now_ns),
            State::Syncing { until_ns } if until_ns <= now_ns => {
                // The leader never brought the assignments: it is out, and with it whoever did not ask for its own.
                let leader = self.leader.clone();
                self.members.retain(|id, member| *id != leader && member.syncing.is_some());
                self.lost_some(now_ns);
            }
            _ => {}
        }
    }

    /// When [`Group::expire`] has something to do next.
    pub(super) fn next_ns(&self) -> Option<u64> {
        let own = match self.state {
            State::Joining { until_ns, .. } | State::Syncing { until_ns } => Some(until_ns),
            State::Empty | State::Stable => None,
        };
        let members = self.members.values().filter(|member| !member.is_waiting()).map(|member| member.expires_ns);
        members.chain(self.promised.values().copied()).chain(own).min()
    }
}

impl Member {
    /// It cannot send heartbeats while it waits for an answer.
    fn is_waiting(&self) -> bool {
        self.joining.is_some() || self.syncing.as_ref().is_some_and(|syncing| !syncing.is_closed())
    }
}

/// Answers a join; a client that went meanwhile wants no answer.
fn reply(answer: oneshot::Sender<Joined>, joined: Joined) {
    let _ = answer.send(joined);
}

fn nanos(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
