"""How an answer is found, asked, compared and told about. The exercises themselves are beside this folder."""
