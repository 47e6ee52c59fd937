//! What is wanted of operators, and what the shell tells of those who sign in.

use super::{Order, Outcome, conflict};
use crate::engine::Engine;
use crate::engine::command::OperatorCommand;

impl Engine {
    pub(super) fn operator_command(&mut self, _order: Order, _command: OperatorCommand) -> Outcome {
        Err(conflict("not there yet"))
    }
}
