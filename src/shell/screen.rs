//! Frames as bytes: a ratatui backend that writes nothing itself.
//!
//! A frame ends as one piece of bytes inside a synchronized update, or as nothing at all when no
//! cell and no cursor changed; [`super::writer`] sends it in one write.

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    queue,
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};
use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
};

/// Bytes that ratatui's backend and ours both append to.
#[derive(Clone, Debug, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Collects a frame.
#[derive(Debug)]
pub(super) struct Screen {
    inner: CrosstermBackend<Bytes>,
    bytes: Bytes,
    size: Size,
    /// Where the frame wants the cursor; `None`: hidden.
    cursor: Option<Position>,
    /// Where the terminal has it.
    shown: Option<Position>,
}

impl Screen {
    /// An empty screen; the terminal's cursor is hidden.
    pub(super) fn new(size: Size) -> Self {
        let bytes = Bytes::default();
        Self {
            inner: CrosstermBackend::new(bytes.clone()),
            bytes,
            size,
            cursor: None,
            shown: None,
        }
    }

    /// The terminal has this size now.
    pub(super) fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// The terminal was given back and taken over: its cursor is hidden.
    pub(super) fn taken_over(&mut self) {
        self.shown = None;
    }

    /// The frame that was drawn; `None`: it would change nothing.
    pub(super) fn take_frame(&mut self) -> Option<Vec<u8>> {
        let cells = std::mem::take(&mut *self.bytes.0.borrow_mut());
        if cells.is_empty() && self.cursor == self.shown {
            return None;
        }
        let mut frame = Vec::with_capacity(cells.len() + 64);
        // Writing to a Vec cannot fail.
        let _ = self.wrap(&mut frame, &cells);
        Some(frame)
    }

    fn wrap(&mut self, frame: &mut Vec<u8>, cells: &[u8]) -> io::Result<()> {
        queue!(frame, BeginSynchronizedUpdate)?;
        // Terminals without synchronized updates would show the cursor jumping about.
        if self.shown.take().is_some() {
            queue!(frame, Hide)?;
        }
        frame.extend_from_slice(cells);
        if let Some(Position { x, y }) = self.cursor {
            queue!(frame, MoveTo(x, y), Show)?;
            self.shown = self.cursor;
        }
        queue!(frame, EndSynchronizedUpdate)
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            // ratatui's backend would reset colours that nobody set.
            return Ok(());
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.cursor = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // A position always follows.
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::{Terminal, widgets::Paragraph};

    fn terminal() -> Terminal<Screen> {
        Terminal::new(Screen::new(Size::new(20, 3))).unwrap()
    }

    fn draw(
        terminal: &mut Terminal<Screen>,
        text: &str,
        cursor: Option<(u16, u16)>,
    ) -> Option<String> {
        terminal
            .draw(|frame| {
                frame.render_widget(Paragraph::new(text), frame.area());
                if let Some(cursor) = cursor {
                    frame.set_cursor_position(cursor);
                }
            })
            .unwrap();
        let frame = terminal.backend_mut().take_frame()?;
        Some(String::from_utf8(frame).unwrap())
    }

    #[test]
    fn a_frame_is_one_synchronized_update_and_an_equal_one_is_nothing() {
        let mut terminal = terminal();
        let first = draw(&mut terminal, "hello", None).unwrap();
        assert!(first.starts_with("\x1b[?2026h") && first.ends_with("\x1b[?2026l"));
        assert!(first.contains("hello"));
        assert_eq!(draw(&mut terminal, "hello", None), None);
        let second = draw(&mut terminal, "hallo", None).unwrap();
        assert!(
            second.contains('a') && !second.contains("hallo"),
            "{second:?}"
        );
    }

    #[test]
    fn the_cursor_moves_in_few_bytes_and_stays_for_none() {
        let mut terminal = terminal();
        draw(&mut terminal, "hello", Some((1, 0))).unwrap();
        assert_eq!(draw(&mut terminal, "hello", Some((1, 0))), None);
        let moved = draw(&mut terminal, "hello", Some((2, 0))).unwrap();
        assert!(moved.contains("\x1b[1;3H"), "{moved:?}");
        assert!(moved.len() <= 40, "{moved:?}");
        let hidden = draw(&mut terminal, "hello", None).unwrap();
        assert!(hidden.contains("\x1b[?25l") && !hidden.contains("\x1b[?25h"));
    }

    #[test]
    fn a_new_size_draws_everything() {
        let mut terminal = terminal();
        draw(&mut terminal, "hello", None).unwrap();
        terminal.backend_mut().resize(Size::new(10, 2));
        let frame = draw(&mut terminal, "hello", None).unwrap();
        assert!(
            frame.contains("\x1b[2J") && frame.contains("hello"),
            "{frame:?}"
        );
    }
}
