"""The doors: intake for gateways (strict and binary), API and page for people."""
