"""What every page's frame needs: organisation, navigation, language, on whose behalf."""
