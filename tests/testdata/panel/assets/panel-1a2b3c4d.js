document.title = "A panel for tests, and more of the same, and more of the same, and more of the same.";
