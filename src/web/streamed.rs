//! A file that leaves while it is being written, so that it may be larger than the memory.
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use futures_util::stream::unfold;

use super::errors::WebError;
use crate::actions::export_progress::Progress;
use crate::actions::exporting::Export;

type Piece = io::Result<Bytes>;

/// Pieces that wait for a slow reader.
const MOST_WAITING: usize = 8;
const PIECE_BYTES: usize = 64 * 1024;

/// The export as a download. When it breaks off, so does the connection: no half file looks whole.
///
/// `progress` hears how far the writing has come.
pub fn download(export: Export, progress: Option<Arc<Progress>>) -> Result<HttpResponse, WebError> {
    let (media_type, file_name) = (export.media_type(), export.file_name.clone());
    let (sender, receiver) = sync_channel::<Piece>(MOST_WAITING);
    std::thread::Builder::new()
        .name("export".into())
        .spawn(move || write(&export, sender, progress.as_deref()))
        .map_err(|e| WebError::incident(&e))?;
    let receiver = Arc::new(Mutex::new(receiver));
    let pieces = unfold(receiver, |receiver| async move {
        let next = Arc::clone(&receiver);
        let piece = web::block(move || wait(&next)).await.ok().flatten()?;
        Some((piece, receiver))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        // Compressed already, or too much to do it on the way.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file_name}\""),
        ))
        .streaming(pieces))
}

fn wait(receiver: &Mutex<Receiver<Piece>>) -> Option<Piece> {
    let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
    receiver.recv().ok()
}

fn write(export: &Export, sender: SyncSender<Piece>, progress: Option<&Progress>) {
    let mut out = Pieces {
        sender,
        piece: Vec::new(),
    };
    let written = export
        .write(&mut out, &mut |done, all| {
            if let Some(progress) = progress {
                progress.tell(done, all);
            }
        })
        .map_err(|e| e.to_string())
        .and_then(|()| out.flush().map_err(|e| e.to_string()));
    if let Some(progress) = progress {
        progress.end(written.is_ok());
    }
    if let Err(error) = written {
        log::warn!("an export broke off: {error}");
        // A reader that is gone needs no word of it.
        let _ = out
            .sender
            .send(Err(io::Error::other("the export broke off")));
    }
}

struct Pieces {
    sender: SyncSender<Piece>,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.piece));
        self.sender
            .send(Ok(piece))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
