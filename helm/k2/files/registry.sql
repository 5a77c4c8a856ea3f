-- Beside the catalog's database, which POSTGRES_DB makes.
create database registry;
