//! What the tests that cross crates share: the platform against the registry
//! simulator, with everything real in between.
//!
//! * [`orders`]: as many different valid orders as a test wants;
//! * [`world`]: one platform on a file and a clock of its own, driven step by
//!   step, so that weeks take milliseconds;
//! * [`mod@contract`]: what every store and every queue must do, as one suite;
//! * [`model`]: the store on DynamoDB and the queue on SQS as a model in memory, held to
//!   that contract;
//! * [`crash`]: a process that dies at the n-th call it makes;
//! * [`receiver`]: an account's server that is called back;
//! * [`process`]: what the system says of a process;
//! * [`told`]: a history told in a few words, so that two can be compared.

pub mod contract;
pub mod corpus;
pub mod crash;
pub mod gate;
pub mod model;
pub mod orders;
pub mod process;
pub mod receiver;
pub mod told;
pub mod world;
