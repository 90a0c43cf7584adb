//! Does the work that the server is asked for: in two threads, or, step by step, by the holder of a [`Session`].
//!
//! [`Session`]: crate::lsp::session::Session

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::Receiver;
use lsp_server::Request;
use nixvirt_compiler::printable::printable;
use nixvirt_evaluator::with_stack;
use nixvirt_ide::files::Machine;
use nixvirt_ide::lsp::answers::{self, Client};
use nixvirt_ide::lsp::documents::Documents;
use nixvirt_ide::lsp::thread_analyser::ThreadAnalyser;

use crate::lsp::checker::{self, Checker, CheckerTask};
use crate::lsp::pending::{Pending, lock};
use crate::lsp::transport::Outbox;

/// A task for a client.
pub(super) struct ClientTask {
    /// The files that it is about.
    pub machine: Arc<dyn Machine>,
    /// The tasks: changes to check, and questions about the results.
    pub tasks: Receiver<CheckerTask>,
    /// A request, with the documents as they were when it came.
    pub requested: Receiver<(Request, Documents)>,
    /// The requests that have not been answered; what is no longer among them needs no answer.
    pub pending: Pending,
    /// The abilities of the client.
    pub client: Client,
    /// Where what comes of it goes.
    pub outbox: Outbox,
}

impl ClientTask {
    /// Begins to do it in two threads: one that checks, and one that answers.
    ///
    /// # Errors
    /// Where there are no threads to be had.
    pub(super) fn in_threads(self) -> io::Result<()> {
        let ClientTask { machine, tasks, requested, pending, client, outbox } = self;
        let (files, to_client, waiting) = (Arc::clone(&machine), outbox.clone(), Arc::clone(&pending));
        let of_client = client.clone();
        thread::Builder::new().name("checker".into()).spawn(move || {
            or_end(with_stack(|| checker::run(&tasks, Checker::new(files, to_client, waiting, &of_client))));
        })?;
        thread::Builder::new().name("answers".into()).spawn(move || {
            or_end(with_stack(|| {
                let thread_analyser = ThreadAnalyser::new(machine, client.style.checking);
                for (request, documents) in &requested {
                    answer(request, &documents, &thread_analyser, &client, &pending, &outbox);
                }
            }));
        })?;
        Ok(())
    }
}

/// Answers a request, unless it is cancelled before that is done.
pub(super) fn answer(
    request: Request,
    documents: &Documents,
    thread_analyser: &ThreadAnalyser,
    client: &Client,
    pending: &Pending,
    outbox: &Outbox,
) {
    if !lock(pending).contains(&request.id) {
        return;
    }
    let response = answers::answer(request, documents, client, thread_analyser);
    thread_analyser.rest();
    // One that was cancelled meanwhile has been answered so.
    if lock(pending).remove(&response.id) {
        outbox.send(response);
    }
}

/// Ends the server where a thread of it cannot work: an editor starts a server anew that is gone, and waits for one that only
/// does not answer.
fn or_end(ended: io::Result<()>) {
    if let Err(error) = ended {
        let _ = writeln!(io::stderr(), "nixvirt-compile: {}", printable(&error.to_string()));
        std::process::exit(2);
    }
}
