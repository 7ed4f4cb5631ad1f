//! The contract of stores and queues, on what simulation runs on: SQLite in memory, and the
//! model of DynamoDB and SQS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use end_to_end::contract::Ground;
use end_to_end::model::{Model, Weather};
use jiff::Timestamp;
use platform::clock::StandingClock;
use platform::sqlite::Sqlite;
use platform::{Clock, Queue, Store};
use registration::patience::later;

/// Something in memory, and a clock that is moved.
struct Memory<T> {
    kept: Arc<T>,
    clock: Arc<StandingClock>,
}

#[async_trait]
impl<T: Store + Queue + 'static> Ground for Memory<T> {
    fn store(&self) -> Arc<dyn Store> {
        self.kept.clone()
    }

    fn queue(&self) -> Arc<dyn Queue> {
        self.kept.clone()
    }

    async fn elsewhere(&self) -> anyhow::Result<(Arc<dyn Store>, Arc<dyn Queue>)> {
        Ok((self.kept.clone(), self.kept.clone()))
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        // What a simulator does meanwhile goes by the machine's clock.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    fn look(&self) -> Duration {
        Duration::ZERO
    }
}

fn standing() -> anyhow::Result<Arc<StandingClock>> {
    let begins = Timestamp::from_second(1_800_000_000)?;
    Ok(Arc::new(StandingClock::at(begins)))
}

mod sqlite {
    use super::*;

    async fn memory() -> anyhow::Result<Memory<Sqlite>> {
        let clock = standing()?;
        let kept = Arc::new(Sqlite::in_memory(clock.clone())?);
        Ok(Memory { kept, clock })
    }

    end_to_end::contract!(memory);
}

mod model {
    use super::*;

    /// AWS's own clock: it is moved too, and goes on meanwhile, as lists do.
    struct Passing {
        moved: Arc<StandingClock>,
        begun: Instant,
    }

    impl Clock for Passing {
        fn now(&self) -> Timestamp {
            later(self.moved.now(), self.begun.elapsed())
        }
    }

    /// Lists are behind by a little, and messages come in any order.
    #[derive(Default)]
    struct Changing(AtomicUsize);

    #[async_trait]
    impl Weather for Changing {
        fn lag(&self) -> Duration {
            Duration::from_millis(20)
        }

        fn picks(&self, of: usize) -> usize {
            self.0.fetch_add(7, Ordering::Relaxed) % of
        }

        async fn between(&self) {
            tokio::task::yield_now().await;
        }
    }

    async fn memory() -> anyhow::Result<Memory<Model>> {
        let clock = standing()?;
        let passing = Passing {
            moved: clock.clone(),
            begun: Instant::now(),
        };
        let kept = Model::new(Arc::new(passing), Arc::new(Changing::default()));
        let kept = Arc::new(kept);
        Ok(Memory { kept, clock })
    }

    end_to_end::contract!(memory);
}
