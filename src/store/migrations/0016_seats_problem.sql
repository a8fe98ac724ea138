-- Connected seats whose count cannot be applied step aside.
ALTER TABLE subscription_lines ADD COLUMN seats_problem TEXT;
