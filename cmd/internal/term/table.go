package term

import (
	"io"
	"strings"
	"unicode/utf8"

	"braid/internal/plain"
)

// Table prints rows in columns. Columns marked numeric are aligned right, others left. Table replaces each
// cell by its escaped form, so that the width of a cell is its width on the screen.
func Table(w io.Writer, numeric []bool, rows [][]string) {
	widths := make([]int, len(numeric))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = plain.Text(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if numeric[i] {
				cell = gap + cell
			} else {
				cell += gap
			}
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(cell)
		}
		plain.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
