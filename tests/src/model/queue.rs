//! The model of the queues on SQS.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher};
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use platform::Queue;
use platform::queue::{
    Dead, DeadLetter, Delivery, Depth, MAX_RECEIVES, Outgoing, QueueError, Receipt,
};
use registration::patience::later;

use super::{Model, whole_seconds};

/// Messages in one request (SQS API Reference: at most 10).
const TOGETHER: usize = 10;

/// What a queue's dead letters are kept in, by its own name.
const DEAD: &str = "-dead";

pub(super) struct Message {
    body: String,
    visible_at: Timestamp,
    receives: u32,
    /// Which receive it is in the hands of.
    handle: u64,
}

impl Model {
    /// Takes what is visible, in any order, and hides it.
    fn take(
        &self,
        name: &str,
        most: usize,
        visibility: Duration,
        max_receives: Option<u32>,
    ) -> Vec<(String, Receipt, u32)> {
        let now = self.clock.now();
        let mut queues = self.queues();
        let mut dead = Vec::new();
        let queue = queues.entry(name.to_owned()).or_default();
        if let Some(most) = max_receives {
            let given_up =
                |message: &mut Message| message.visible_at <= now && message.receives >= most;
            dead.extend(queue.extract_if(.., given_up));
        }
        let mut taken = Vec::new();
        let mut visible: Vec<usize> = (0..queue.len())
            .filter(|place| {
                queue
                    .get(*place)
                    .is_some_and(|message| message.visible_at <= now)
            })
            .collect();
        while taken.len() < most.clamp(1, TOGETHER) && !visible.is_empty() {
            let place = visible.swap_remove(self.weather.picks(visible.len()) % visible.len());
            let Some(message) = queue.get_mut(place) else {
                break;
            };
            message.receives += 1;
            message.visible_at = later(now, visibility);
            // A place is no handle: messages before it are deleted.
            message.handle = self.handles.fetch_add(1, Ordering::Relaxed);
            let receipt = Receipt(format!("{name} {}", message.handle));
            taken.push((message.body.clone(), receipt, message.receives));
        }
        if !dead.is_empty() {
            for message in &mut dead {
                message.visible_at = now;
            }
            queues
                .entry(format!("{name}{DEAD}"))
                .or_default()
                .append(&mut dead);
        }
        taken
    }

    /// What is queued, for telling states apart: each message, whether it can be received
    /// now, and how often it was.
    pub fn hash_messages(&self, hasher: &mut impl Hasher) {
        let now = self.clock.now();
        for (name, queue) in self.queues().iter().filter(|(_, queue)| !queue.is_empty()) {
            name.hash(hasher);
            for message in queue {
                (message.visible_at <= now).hash(hasher);
                (&message.body, message.receives).hash(hasher);
            }
        }
    }

    fn dead(&self, name: &str) -> Vec<(String, u32)> {
        let now = self.clock.now();
        let queues = self.queues();
        let letters = queues.get(&format!("{name}{DEAD}")).into_iter().flatten();
        letters
            .filter(|message| message.visible_at <= now)
            .map(|message| (message.body.clone(), message.receives.max(MAX_RECEIVES)))
            .collect()
    }
}

#[async_trait]
impl Queue for Model {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        let mut queues: BTreeMap<&str, Vec<(String, Duration)>> = BTreeMap::new();
        for outgoing in messages {
            let body = outgoing.message.write()?;
            let function = outgoing.message.function();
            let all = queues.entry(function).or_default();
            all.push((body, whole_seconds(outgoing.delay)));
        }
        let mut is_first = true;
        for (function, all) in queues {
            for some in all.chunks(TOGETHER) {
                if !std::mem::take(&mut is_first) {
                    self.weather.between().await;
                }
                let now = self.clock.now();
                let mut queues = self.queues();
                let queue = queues.entry(function.to_owned()).or_default();
                queue.extend(some.iter().map(|(body, delay)| Message {
                    body: body.clone(),
                    visible_at: later(now, *delay),
                    receives: 0,
                    handle: u64::MAX,
                }));
            }
        }
        self.sent.notify_waiters();
        Ok(())
    }

    async fn receive(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        // Listening begins before looking, so that nothing sent in between is
        // slept through.
        let sent = self.sent.notified();
        let mut taken = self.take(function, most, visibility, Some(MAX_RECEIVES));
        if taken.is_empty() && !wait.is_zero() {
            let _ = tokio::time::timeout(wait, sent).await;
            taken = self.take(function, most, visibility, Some(MAX_RECEIVES));
        }
        let deliveries = taken.into_iter().map(|(body, receipt, receives)| Delivery {
            message: platform::Message::read(&body),
            receipt,
            receives,
        });
        Ok(deliveries.collect())
    }

    async fn acknowledge(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let Some((name, handle)) = receipt.0.split_once(' ') else {
            return Ok(());
        };
        if let (Ok(handle), Some(queue)) = (handle.parse::<u64>(), self.queues().get_mut(name)) {
            queue.retain(|message| message.handle != handle);
        }
        Ok(())
    }

    async fn depth(&self, function: &str) -> Result<Depth, QueueError> {
        let now = self.clock.now();
        let queues = self.queues();
        let mut depth = Depth::default();
        for message in queues.get(function).into_iter().flatten() {
            match (message.visible_at <= now, message.receives > 0) {
                (true, _) => depth.waiting += 1,
                (false, true) => depth.in_flight += 1,
                (false, false) => depth.delayed += 1,
            }
        }
        let dead = queues.get(&format!("{function}{DEAD}"));
        depth.dead = dead.map_or(0, Vec::len) as u64;
        Ok(depth)
    }

    async fn dead_letters(
        &self,
        function: &str,
        most: usize,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let letters = self.dead(function).into_iter().take(most);
        Ok(letters
            .map(|(body, receives)| DeadLetter { body, receives })
            .collect())
    }

    async fn take_dead(
        &self,
        function: &str,
        most: usize,
        visibility: Duration,
        _wait: Duration,
    ) -> Result<Vec<Dead>, QueueError> {
        let taken = self.take(&format!("{function}{DEAD}"), most, visibility, None);
        let letters = taken.into_iter().map(|(body, receipt, _)| Dead {
            message: platform::Message::read(&body),
            receipt,
        });
        Ok(letters.collect())
    }
}
