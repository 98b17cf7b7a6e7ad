namespace Avion.ConformanceTool;

/// <summary>Compares this implementation with numbers that the reference system computed: all fixture files of a folder.</summary>
/// <remarks>
/// Fixtures hold sizes, a filling rule's phase and results, no weights: both sides fill parameters and inputs by the same formula.
/// A file tells its kind; tables without one are known by their first field.
/// </remarks>
public static class ConformanceSuite
{
    private static readonly IConformanceKind[] s_kinds =
    [
        new ChunkLoaderConformance(),
        new ClipConformance(),
        new CosineScheduleConformance(),
        new LossesConformance(),
        new MarginLossesConformance(),
        new RetrievalMetricsConformance(),
        new TablesConformance(),
        new TokenizerConformance(),
        new VideoMaeConformance(),
        new VideoMaeClassifierConformance(),
    ];

    /// <summary>All kinds that are supported.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. s_kinds.Select(kind => kind.Kind)];

    /// <summary>Compares every <c>.json</c> file of a folder, in the order of names.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The folder holds no fixture.</exception>
    public static IEnumerable<ConformanceFile> Run(string folder, ConformanceContext context)
    {
        string[] paths = Directory.GetFiles(folder, "*.json");
        Array.Sort(paths, StringComparer.Ordinal);
        if (paths.Length == 0)
        {
            throw new FileNotFoundException($"Folder '{folder}' holds no fixture: expected files that end in '.json'.");
        }

        return paths.Select(path => RunFile(path, context));
    }

    /// <summary>Compares one fixture file.</summary>
    public static ConformanceFile RunFile(string path, ConformanceContext context)
    {
        string name = Path.GetFileName(path);
        FigureList figures = new();
        string? kind = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            kind = KindOf(document.RootElement);
            IConformanceKind? known = Array.Find(s_kinds, candidate => candidate.Kind == kind);
            if (known is null)
            {
                return new ConformanceFile(name, kind, [], kind is null
                    ? "It does not tell its kind, and its form is not known."
                    : $"Kind '{kind}' is not supported yet. Supported: {string.Join(", ", Kinds)}.");
            }

            context = context with { Folder = Path.GetDirectoryName(Path.GetFullPath(path))! };
            known.Check(document.RootElement, context, figures);
            return new ConformanceFile(name, kind, context.Device.ActivationType == ElementType.BFloat16
                ? BFloat16Resolution.Judge(known, document.RootElement, context, figures.Figures)
                : Float32Resolution.Judge(known, document.RootElement, context, figures.Figures));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or ArgumentException or IOException or NotSupportedException or DataException)
        {
            return new ConformanceFile(name, kind, figures.Figures, $"It cannot be compared: {exception.Message}");
        }
    }

    private static string? KindOf(JsonElement fixture)
    {
        if (fixture.ValueKind == JsonValueKind.Array)
        {
            return fixture.GetArrayLength() > 0 && fixture[0].ValueKind == JsonValueKind.Object
                && fixture[0].TryGetProperty(ChunkLoaderConformance.KnownBy, out _) ? "chunk_loader" : null;
        }

        if (fixture.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return fixture.TryGetProperty("kind", out JsonElement kind) ? kind.GetString()
            : fixture.TryGetProperty(LossesConformance.KnownBy, out _) ? "losses"
            : fixture.TryGetProperty(TablesConformance.KnownBy, out _) ? "misc" : null;
    }
}
