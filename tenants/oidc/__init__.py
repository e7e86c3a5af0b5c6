"""Sign-in through OpenID Connect providers: what allauth's own provider does not check."""
