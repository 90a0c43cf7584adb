//! A conversation with the server in one thread and without pipes: each message is dealt with before the next one is heard.
//! It is for tests, benchmarks and fuzzers.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use nixvirt_ide::analysis::Checking;
use nixvirt_ide::files::Machine;
use nixvirt_ide::lsp::thread_analyser::ThreadAnalyser;
use serde_json::Value;

use crate::lsp::checker::{Checker, CheckerTask};
use crate::lsp::server::Server;
use crate::lsp::transport::{Outbox, message};
use crate::lsp::work::{ClientTask, answer};

/// The work, and those who do it.
struct Workers {
    work: ClientTask,
    checker: Checker,
    thread_analyser: ThreadAnalyser,
}

/// A server, and what it sends.
pub struct Session {
    server: Server<Box<dyn FnMut(ClientTask) -> io::Result<()>>>,
    workers: Rc<RefCell<Option<Workers>>>,
    outgoing: Receiver<Option<Value>>,
}

impl Session {
    /// A server before its first message, for the files of a machine.
    pub fn start(machine: Arc<dyn Machine>) -> Session {
        let (outbox, outgoing) = Outbox::new();
        let workers: Rc<RefCell<Option<Workers>>> = Rc::default();
        let begun = Rc::clone(&workers);
        let start = Box::new(move |work: ClientTask| {
            let (machine, pending) = (Arc::clone(&work.machine), Arc::clone(&work.pending));
            let checker = Checker::new(machine, work.outbox.clone(), pending, &work.client);
            let thread_analyser = ThreadAnalyser::new(Arc::clone(&work.machine), work.client.style.checking);
            *begun.borrow_mut() = Some(Workers { work, checker, thread_analyser });
            Ok(())
        });
        Session { server: Server::new(outbox, machine, Checking::DEFAULT, start), workers, outgoing }
    }

    /// Says something to the server: the body of a message. Gives all that it sends until it has nothing more to do. A stack
    /// as [`with_stack`](nixvirt_evaluator::with_stack) has is the caller's business.
    pub fn say(&mut self, body: &[u8]) -> Vec<Value> {
        // Here nothing starts that could fail to.
        let _ = self.server.hear(message(body));
        if let Some(Workers { work, checker, thread_analyser }) = &mut *self.workers.borrow_mut() {
            for task in work.tasks.try_iter() {
                match task {
                    CheckerTask::Changed(change) => checker.take(change, &|| true),
                    CheckerTask::Asked(request, documents) => checker.answer(request, &documents),
                }
            }
            for (request, documents) in work.requested.try_iter() {
                answer(request, &documents, thread_analyser, &work.client, &work.pending, &work.outbox);
            }
        }
        self.outgoing.try_iter().flatten().collect()
    }
}
