namespace Avion.Training;

/// <summary>The annotations of one part of a recipe's data, with the videos that they name.</summary>
public sealed class AnnotatedVideos
{
    private readonly IReadOnlyList<Source> _sources;

    private AnnotatedVideos(IReadOnlyList<Source> sources) => _sources = sources;

    /// <summary>All annotations, source by source.</summary>
    public IEnumerable<ClipTable> Tables => _sources.SelectMany(source => source.Tables);

    /// <summary>Whether a recipe names clips: by annotations, by shards that say what is in them, or, where videos alone matter, by a
    /// folder.</summary>
    public static bool AreNamed(DataSourceRecipe source, AnnotationOptions? options) =>
        source.Annotations.Count > 0 || (source.Videos.Length > 0 && (TakesAll(options) || TarShards.Are(source.Videos)));

    /// <summary>Lists videos and reads annotations.</summary>
    /// <param name="sources">Sources with their sections in recipes, for messages.</param>
    /// <param name="options">What the task takes of annotations; null: all that is there.</param>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    /// <exception cref="RunException">A source names no annotations or no videos.</exception>
    public static AnnotatedVideos Read(IReadOnlyList<(string Section, NamedSource Source)> sources, AnnotationOptions? options)
    {
        // Labels are numbered below, by the classes of all files together.
        AnnotationOptions? whole = options is null ? null : options with { Use = AnnotationUse.Any, Classes = [] };
        List<Source> read = [];
        foreach ((string section, NamedSource source) in sources)
        {
            DataSourceRecipe clips = source.Clips;
            if (clips.Videos.Length == 0 || !AreNamed(clips, options))
            {
                string missing = clips.Videos.Length == 0 ? "videos" : "annotations";
                throw new RunException($"The recipe names no {section}.{missing}. Give it with --set {section}.{missing}=…");
            }

            bool takesAll = clips.Annotations.Count == 0 && TakesAll(options);

            // Without annotations every file is a clip of its own, so that a chunk is too.
            VideoStore store = VideoStore.Open(clips.Videos, takesAll ? 0 : clips.ChunkSeconds);
            IReadOnlyList<ClipTable> tables = takesAll ? [store.ListWhole()]
                : clips.Annotations.Count == 0 ? [((TarShards)store).ReadAnnotations()]
                : [.. clips.Annotations.Select(path => ClipAnnotations.Read(path, whole))];
            read.Add(new Source(source, store, tables));
        }

        // All sources share the numbers of their classes.
        Queue<ClipTable> prepared = new(ClipAnnotations.Prepare([.. read.SelectMany(source => source.Tables)], options));
        return new AnnotatedVideos(
            [.. read.Select(source => source with { Tables = [.. source.Tables.Select(_ => prepared.Dequeue())] })]);
    }

    /// <summary>The sources of a part of the data that was read together with others.</summary>
    public AnnotatedVideos Part(Range sources) => new([.. _sources.Take(sources)]);

    /// <summary>Numbers the labels of all annotations by other lists of classes.</summary>
    /// <exception cref="DataException">A clip has another class.</exception>
    public void Adopt(IReadOnlyList<ClassList> classes)
    {
        foreach (ClipTable table in Tables)
        {
            table.Adopt(classes);
        }
    }

    /// <summary>All clips, each once.</summary>
    /// <param name="cut">Makes the sets of a source, one for each table.</param>
    public IClipDataset Join(Func<Source, IReadOnlyList<IClipDataset>> cut)
    {
        MixturePart[] parts = [.. _sources.SelectMany(cut).Select(set => new MixturePart(set))];
        return parts.Length == 1 ? parts[0].Dataset : new MixedDataset(parts);
    }

    /// <summary>Clips of all sources in the proportions that a recipe asks for.</summary>
    /// <param name="data">How much an epoch takes.</param>
    /// <param name="cut">Makes the sets of a source, one for each table.</param>
    public IClipDataset Mix(DataRecipe data, Func<Source, IReadOnlyList<IClipDataset>> cut)
    {
        IReadOnlyList<IClipDataset>[] sets = [.. _sources.Select(cut)];
        double[] weights = [.. _sources.Select((source, number) =>
            source.Recipe.Share > 0 ? source.Recipe.Share : source.Recipe.Passes * sets[number].Sum(set => (long)set.Count))];
        bool areShares = _sources.Any(source => source.Recipe.Share > 0);
        if (!areShares && data.ClipsPerEpoch == 0)
        {
            MixturePart[] parts =
                [.. sets.SelectMany((own, number) => own.Select(set => new MixturePart(set, _sources[number].Recipe.Passes)))];
            return parts is [{ PassesPerEpoch: 1 } only] ? only.Dataset : new MixedDataset(parts);
        }

        // The epoch is divided at the running sums of the weights, so that its parts add up to it.
        long total = data.ClipsPerEpoch > 0 ? data.ClipsPerEpoch : sets.SelectMany(own => own).Sum(set => (long)set.Count);
        double all = weights.Sum(), sum = 0;
        long done = 0;
        List<MixturePart> divided = [];
        for (int source = 0; source < sets.Length; source++)
        {
            double clips = sets[source].Sum(set => (double)set.Count);
            foreach (IClipDataset set in sets[source])
            {
                sum += weights[source] * (set.Count / clips);
                long end = Math.Min(total, (long)Math.Round(total * (sum / all)));
                divided.Add(new MixturePart(set, (end - done) / (double)set.Count));
                done = end;
            }
        }

        return new MixedDataset(divided);
    }

    private static bool TakesAll(AnnotationOptions? options) => options?.Use == AnnotationUse.Clips;

    /// <summary>One source, opened.</summary>
    /// <param name="Recipe">What the recipe says of it.</param>
    /// <param name="Store">Its videos.</param>
    /// <param name="Tables">Its annotations.</param>
    public sealed record Source(NamedSource Recipe, VideoStore Store, IReadOnlyList<ClipTable> Tables)
    {
        /// <summary>The rate by which times become frame numbers; null for that of each video.</summary>
        public double? FramesPerSecond => Recipe.Clips.FramesPerSecond > 0 ? Recipe.Clips.FramesPerSecond : null;
    }
}
