// Package shell writes words for a POSIX shell.
package shell

import "strings"

// plain are the characters that no shell takes for anything but themselves.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,"

// Quote gives a word as a shell reads it: in single quotes where it needs them.
func Quote(word string) string {
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return SingleQuote(word)
}

// SingleQuote puts a word into single quotes (POSIX Shell 2.2.2), whatever it is.
func SingleQuote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
