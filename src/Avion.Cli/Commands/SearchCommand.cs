using System.Diagnostics;

namespace Avion.Cli;

/// <summary>`avion search MODEL TEXT VIDEOS`: the clips nearest to a text or to another clip.</summary>
internal static class SearchCommand
{
    private const int MostHits = 1_000_000;

    public static Command Create()
    {
        ModelOptions model = new(kind: "Dual encoder: ");
        Argument<string[]> words = new("TEXT VIDEOS")
        {
            Description = "What to look for, and where: videos, folders of videos or of chunks, tar shards; or one list of annotations; or one folder of "
                + "`avion extract`. With --text, --queries or --video videos alone.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string[]> texts = TextOption.Create();
        Option<string?> queries = TextOption.CreateForFile("--queries");
        Option<string?> video = new("--video") { Description = "Search by example: clips that are like this video." };
        SpanOptions span = new("--video");
        Option<string?> root = ListVideosOption.Create();
        WindowOptions windows = new();
        FollowOption follow = new();
        Option<bool> whole = new("--whole") { Description = "Each video is one clip." };
        Option<int> top = NumberOption.Create("--top", "Hits of each query.", 10, 1, MostHits);
        Option<string?> html = new("--html") { Description = "Also write the hits with pictures into this file." };
        Option<bool> force = ForceOption.Create();
        Option<bool> overlaps = new("--all-windows") { Description = "Also show windows that overlap a better one of the same video." };
        Option<string?> cache = new("--cache") { Description = "Folder in which features are kept; search-cache beside the model if left out." };
        Option<bool> noCache = new("--no-cache") { Description = "Neither read nor keep features." };
        Option<bool> json = JsonOption.Create();
        Command command = new("search", "Find clips of videos by a text, or by another clip.") { model.Model, words, texts, queries, video, root };
        span.AddTo(command);
        windows.AddTo(command);
        follow.AddTo(command);
        foreach (Option option in (Option[])[whole, top, overlaps, html, force, cache, noCache])
        {
            command.Options.Add(option);
        }

        model.AddTo(command);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string[] given = parsed.GetValue(texts) ?? [], all = parsed.GetValue(words) ?? [];
            bool asksByOption = given.Length > 0 || parsed.GetValue(queries) is not null || parsed.GetValue(video) is not null;
            return new Work
            {
                Texts = asksByOption ? given : all[..1], TextsAre = asksByOption ? "A --text" : "TEXT", TextFile = parsed.GetValue(queries),
                Example = parsed.GetValue(video), ExampleSpan = span.Read(parsed),
                Videos = asksByOption ? all : all[1..], Root = parsed.GetValue(root), IsWhole = parsed.GetValue(whole), Rule = windows.ReadGiven(parsed),
                Top = parsed.GetValue(top), Html = parsed.GetValue(html), Replaces = parsed.GetValue(force), Follow = follow.Read(parsed),
                ShowsOverlaps = parsed.GetValue(overlaps), CacheFolder = parsed.GetValue(cache), UsesCache = !parsed.GetValue(noCache),
                Model = model.Read(parsed), AsJson = parsed.GetValue(json),
            }.Run(cancellation);
        }, CancellationToken.None));
        return command;
    }

    /// <summary>What one command line asks for.</summary>
    private sealed record Work
    {
        public required ModelChoice Model { get; init; }

        public required string[] Texts { get; init; }

        /// <summary>How the texts are called on the command line.</summary>
        public required string TextsAre { get; init; }

        public required string? TextFile { get; init; }

        public required string? Example { get; init; }

        public required ClipSpan ExampleSpan { get; init; }

        public required string[] Videos { get; init; }

        public required string? Root { get; init; }

        public required bool IsWhole { get; init; }

        public required WindowRule? Rule { get; init; }

        public required int Top { get; init; }

        public required string? Html { get; init; }

        public required bool Replaces { get; init; }

        public required FollowOptions? Follow { get; init; }

        public required bool ShowsOverlaps { get; init; }

        public required string? CacheFolder { get; init; }

        public required bool UsesCache { get; init; }

        public required bool AsJson { get; init; }

        public int Run(CancellationToken cancellation)
        {
            using ProgressDisplay display = new();
            IReadOnlyList<SearchQuery> queries = Check(display);
            bool isExtracted = Follow is null && Videos is [string only] && FeatureSet.IsAt(only);
            (ClipTable Clips, VideoStore Store)? named = isExtracted || Follow is not null ? null : NamedClips.Read(Videos, Root);
            using OpenModel model = Model.Open(display.Line);
            FeatureExtractor extractor = model.Extractor;
            if (!extractor.ReadsText)
            {
                throw new UsageException($"'{extractor.ModelPath}' holds a classifier, which has no vectors to compare; search needs a dual encoder.");
            }

            float[] vectors = SearchQuery.Embed(queries, extractor, Model.Vocabulary, display.Line, cancellation);
            if (Follow is { } follow)
            {
                using FollowedFeatures windows = new(extractor, Videos[0], IsWhole ? WindowRule.Whole : Rule ?? extractor.UsualWindows, follow, display.Line);
                return new FollowedScores(queries, vectors).Write(windows, AsJson, cancellation);
            }

            FeatureCache cache = isExtracted ? FeatureCache.InMemory(extractor) : OpenCache(extractor, display);
            using GatheredClips clips = named is { } some ? Gather(extractor, cache, some.Clips, some.Store, display, cancellation) : ReadExtracted(extractor);
            long began = Stopwatch.GetTimestamp();
            IReadOnlyList<ClipRanking> rankings = Search(queries, vectors, clips, named?.Store);
            SearchReport report = new()
            {
                Weights = extractor.WeightsText, Device = model.Choice.Text, Windows = isExtracted ? "as extracted" : RuleFor(extractor).ToString(), Queries = queries,
                Rankings = rankings, Clips = clips, Cache = cache.Folder, SearchSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds,
                Store = named?.Store ?? (Root is null ? null : new NamedVideos(Root)),
                Videos = named?.Clips.Videos.Count ?? clips.Index.Rows.Select(row => row.File).Distinct().Count(),
            };
            if (Html is not null)
            {
                DurableFiles.WriteText(Html, report.ToHtml(done => display.Report("draw", done), cancellation));
                display.Line($"Wrote {Html}.");
            }

            display.Dispose();
            return NamedClips.ExitCodeOf(named?.Store, report.Write(AsJson));
        }

        private IReadOnlyList<SearchQuery> Check(ProgressDisplay display)
        {
            Model.RequireFiles();
            if (Videos.Length == 0)
            {
                throw new UsageException(Texts is [string text] && Path.Exists(text)
                    ? $"There is nothing to look for in '{text}': give a text before it, or --video, --text or --queries."
                    : "There is nothing to search in: name videos, a folder, a list of annotations or a folder of 'avion extract'.");
            }

            if (Videos.Length > 1 && Videos.FirstOrDefault(FeatureSet.IsAt) is { } extracted)
            {
                throw new UsageException($"'{extracted}' holds the features of 'avion extract', which are searched alone: run the command once for it, "
                    + "and once for videos.");
            }

            if (Follow is not null)
            {
                _ = FollowOption.PathOf(Videos, Root, IsWhole);
                if (Html is not null)
                {
                    throw new UsageException("--html has no end while a video is followed; leave it out.");
                }
            }

            if (IsWhole && Rule is not null)
            {
                throw new UsageException("--whole makes one clip of each video, --window and --every cut it; leave one out.");
            }

            if (Html is not null)
            {
                ForceOption.RequireNew(Html, Replaces || PageMark.Search.IsIn(Html));
                NamedPath.RequireRoom(Html, "the page of --html");
            }

            if (CacheFolder is not null && !UsesCache)
            {
                throw new UsageException("--cache and --no-cache contradict each other.");
            }

            // One that is there is read also where it takes nothing new.
            if (CacheFolder is not null && !Directory.Exists(CacheFolder))
            {
                NamedPath.RequireFolder(CacheFolder, "--cache");
            }

            if (Example is null && !ExampleSpan.IsWhole)
            {
                throw new UsageException("--from and --to say which part of --video is meant; there is no --video.");
            }

            if (Example is not null)
            {
                _ = NamedPath.Require(Example, "a video");
            }

            List<SearchQuery> queries = [.. TextInputs.Read(Texts, TextsAre, TextFile, keepsRepeated: false, display.Line).Select(text => new SearchQuery(text, null, ClipSpan.Whole))];
            if (Example is not null)
            {
                queries.Add(new SearchQuery(null, Example, ExampleSpan));
            }

            return queries;
        }

        private FeatureCache OpenCache(FeatureExtractor extractor, ProgressDisplay display)
        {
            string? root = CacheFolder, note = null;
            if (UsesCache && root is null)
            {
                root = FeatureCache.RootFor(Model.Path, out note);
            }

            if (note is not null)
            {
                display.Line(note);
            }

            return UsesCache && root is not null ? FeatureCache.Open(extractor, root) : FeatureCache.InMemory(extractor);
        }

        // A list says itself which clips there are.
        private WindowRule RuleFor(FeatureExtractor extractor) => Rule
            ?? (IsWhole || (Videos is [string list] && NamedClips.IsList(list)) ? WindowRule.Whole : extractor.UsualWindows);

        private GatheredClips Gather(FeatureExtractor extractor, FeatureCache cache, ClipTable clips, VideoStore store, ProgressDisplay display,
            CancellationToken cancellation)
        {
            NamedClips.Tell(clips, store, display.Line);
            ClipGathering gathering = new(extractor, cache, Model.Reading)
            {
                Threads = Model.Threads,
                Looking = (done, all) => ClipProgress.ShowVideos(display, done, all),
                Reading = (done, all, rate) => ClipProgress.ShowClips(display, "read", done, all, rate),
            };
            GatheredClips gathered;
            try
            {
                gathered = gathering.Run(clips, store, RuleFor(extractor), cancellation);
            }
            catch (OperationCanceledException) when (cache.Folder is not null)
            {
                display.Line("What was read is kept; the same command goes on with it.");
                throw;
            }

            foreach (string note in cache.Notes)
            {
                display.Line(note);
            }

            string kept = gathered.CachedClips == 0 ? "" : $", {Quantity.Count(gathered.CachedClips, "clip")} from '{cache.Folder}'";
            string rule = RuleFor(extractor).IsWhole ? "" : $", {RuleFor(extractor)}";
            display.Line($"{Quantity.Count(gathered.ReadClips, "clip")} read{kept}{rule}.");
            return gathered;
        }

        private GatheredClips ReadExtracted(FeatureExtractor extractor)
        {
            FeatureSet set = RefusedStart.Run(() => FeatureSet.Read(Videos[0]));
            FeatureOutput output = extractor.Outputs[0];
            if (set.Outputs is not [{ IsUnit: true } stored] || stored.Size != output.Size)
            {
                throw new UsageException($"'{Videos[0]}' holds {string.Join(", ", set.Outputs.Select(each => $"{each.Name} of {each.Size}"))}, expected "
                    + $"vectors of {output.Size} as '{Model.Path}' makes them.");
            }

            return set.Details.TryGetValue(FeatureSet.WeightsDigestKey, out string? digest) && digest != FileDigest.Of(extractor.ModelPath).Sha256
                ? throw new UsageException($"'{Videos[0]}' was made by other weights ({(set.Details.TryGetValue("weights", out string? made) ? made : "unknown")}) than '{extractor.ModelPath}': their "
                    + "vectors have nothing to do with each other. Name those weights, or extract again.")
                : GatheredClips.Of(set, Model.Threads);
        }

        private IReadOnlyList<ClipRanking> Search(IReadOnlyList<SearchQuery> queries, float[] vectors, GatheredClips clips, VideoStore? store)
        {
            SearchQuery? example = queries.FirstOrDefault(query => query.Video is not null);
            int size = vectors.Length / queries.Count, texts = example is null ? queries.Count : queries.Count - 1;
            List<ClipRanking> rankings = [.. texts > 0 ? clips.Index.Search(vectors.AsSpan(0, texts * size), Top, ShowsOverlaps) : []];
            if (example is not null)
            {
                // The example itself is no hit.
                rankings.AddRange(clips.Index.Search(vectors.AsSpan(texts * size), Top, ShowsOverlaps, row => example.Covers(row, PathOf(row.File, store))));
            }

            return rankings;
        }

        private static string? PathOf(string name, VideoStore? store) => store is null ? name
            : store.Find(name) is { ChunkCount: 1 } video && video.SourceOf(0).IsWholeFile ? video.SourceOf(0).Path : null;
    }
}
