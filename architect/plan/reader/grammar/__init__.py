"""The small grammar of English that everything else stands on: blocks, clauses, words, noun phrases."""
