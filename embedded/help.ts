/** `npm start -- --help`. Within 80 columns, as terminals are. */
export const HELP = `K2: market data files in, an open lakehouse and exact answers out.

Usage
  npm start                         load a generated sample, play a generated
                                    Binance session, and serve
  npm start -- --live               the sample, Binance itself, and serve
  npm start -- --csv PATH…          load ASX files, and serve
  npm start -- --csv PATH… --once   load and land them, print one line of JSON
  npm start -- --watch FOLDER       load what is there, and what comes; serve

What to load
  --csv PATH…        files (plain, .gz, .zst); a folder, with all below it; a
                     quoted glob; or - for standard input (with --symbol). A
                     file's name is its company id. Of a folder, NUMBER.csv and
                     the lists of reference data are taken
  --type KIND        trades, quotes or reference; by default the folder's name
                     says (trades, quotes, reference-data), else trades
  --watch FOLDER     a file is taken when it has stood still for a second
  --symbol SYMBOL    of files whose name no company_info.csv knows
  --companies FILE   company_info.csv; by default the one beside the files, or
                     in ../reference-data
  --rate N           rows a second at most
  --live             trades and best quotes of Binance, as they come, beside
                     what else there is to load
  --symbols A,B      of the feed (BTCUSDT,ETHUSDT)
  --no-feed          the sample alone, without the generated session
  --seed N           of what is generated (1)
  --rejected FILE    list each rejected row of the files that are read, as JSON:
                     file, line, reason, row
  --no-check         don't compare new files with what lake and log hold (files
                     that were begun always are)

Where, and for how long
  --data FOLDER      log and warehouse (.k2). A second start goes on with what
                     it holds; one process at a time works in it
  --port PORT        of REST (8080); 0 takes any that is free
  --grpc-port PORT   of gRPC (50051)
  --once             end when all is in the lake; exit code 1, with the reason,
                     where a file cannot be read
  --plain            no live view on a terminal: plain lines, logs as JSON
  --settings         list every setting with its unit, default and reason
  --help             this

Examples
  npm start -- --csv trades/7078.csv quotes/7078.csv
  npm start -- --csv asx --data /tmp/asx --once
  zcat trades.csv.gz | npm start -- --csv - --symbol BHP
  npm start -- --watch incoming --port 9000

  curl '127.0.0.1:8080/v1/trades?symbol=KTA&limit=3'
  npx k2 trades KTA --limit 3

Ctrl-C ends it at any moment, and a next start goes on from there; a second
Ctrl-C does not wait for what is in hand. Loading a file again, under any name
or compression, or one that overlaps it, adds only what is new. One case cannot
be decided: a file cut inside a run of identical rows, its parts loaded apart.
All questions: http://127.0.0.1:8080/docs while it runs.
`
