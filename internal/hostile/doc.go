// Package hostile attacks a fleet in tests and in scripts/hostile: workers that join and never answer, floods of
// damaged frames and of joins, and links that alter or delay the messages of an honest worker.
package hostile
