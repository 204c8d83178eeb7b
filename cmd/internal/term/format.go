package term

import (
	"fmt"
	"math"
	"time"
)

// Count formats a number with commas between thousands: 1,234,567.
func Count(n uint64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Counted formats a number and the noun that it counts: 1 step, 2,000 steps.
func Counted(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Count(n) + " " + noun
}

// Span formats a duration: 42s, 3m05s, 2h07m.
func Span(d time.Duration) string {
	seconds := int(d.Seconds() + 0.5)
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm%02ds", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%dh%02dm", seconds/3600, seconds/60%60)
}

// Time formats a number of seconds as Span does.
func Time(seconds float64) string { return Span(time.Duration(seconds * float64(time.Second))) }

// Figure formats a score or a loss: four decimals, or four significant digits with an exponent for very
// large and very small values.
func Figure(v float64) string {
	if size := math.Abs(v); size >= 1e9 || size > 0 && size < 1e-4 {
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprintf("%.4f", v)
}
