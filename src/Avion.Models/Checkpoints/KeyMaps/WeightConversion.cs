namespace Avion.Models;

/// <summary>Settings of a conversion that files cannot tell.</summary>
public sealed record ConversionOptions
{
    /// <summary>The family of the input; null to know it by its names.</summary>
    public WeightFamily? From { get; init; }

    /// <summary>The non-linearity that the weights were trained with; null for the family's.</summary>
    public GeluKind? Gelu { get; init; }

    /// <summary>The pixels' normalization that the weights were trained with; null for the family's.</summary>
    public PixelNormalization? Normalization { get; init; }

    /// <summary>Attention heads of the vision tower or the encoder; null for what the file says, else
    /// for what its width usually has.</summary>
    public int? HeadCount { get; init; }

    /// <summary>Attention heads of the text tower; null as for <see cref="HeadCount"/>.</summary>
    public int? TextHeadCount { get; init; }

    /// <summary>Attention heads of VideoMAE's decoder; null as for <see cref="HeadCount"/>.</summary>
    public int? DecoderHeadCount { get; init; }

    /// <summary>The vocabulary that the weights were trained with; null for the one in the input, if any.</summary>
    public ConvertedVocabulary? Vocabulary { get; init; }

    /// <summary>Frames of a clip of VideoMAE, whose weights do not tell; null for the published 16.</summary>
    public int? FrameCount { get; init; }

    /// <summary>Height and width of a frame of VideoMAE, whose weights do not tell; null for the published 224.</summary>
    public int? ImageSize { get; init; }

    /// <summary>
    /// Whether the time embedding is left out and its mean added to the positions of the patches, for programs that read single pictures.
    /// </summary>
    public bool MakesSingleFrame { get; init; }
}

/// <summary>A vocabulary that weights take along.</summary>
/// <param name="Identity">Its size and a digest.</param>
/// <param name="Merges">Its merges, in the file format of CLIP.</param>
public sealed record ConvertedVocabulary(string Identity, string Merges);

/// <summary>What a conversion did.</summary>
/// <param name="Family">The family of the input.</param>
/// <param name="TensorCount">Tensors written.</param>
/// <param name="Architecture">What Avion knows the weights as; null if they are not those of a whole model.</param>
/// <param name="Skipped">What stands in the input and is no weight of the model.</param>
/// <param name="Tokenizer">The vocabulary that went along, by its size and digest; null for none.</param>
public sealed record ConversionReport(WeightFamily Family, int TensorCount, ModelArchitecture? Architecture,
    IReadOnlyList<SkippedMember> Skipped, string? Tokenizer = null);

/// <summary>Writes weights under the names and in the file format of another program; every number keeps its bits.</summary>
public static class WeightConversion
{
    private const int ChunkElements = 1 << 20;

    /// <summary>Only the file format changes: names, shapes and types stay.</summary>
    /// <param name="input">safetensors or PyTorch.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="toTorch">PyTorch's format, or safetensors.</param>
    /// <param name="options">A vocabulary to take along; nothing else matters here.</param>
    public static ConversionReport Repack(string input, string output, bool toTorch, ConversionOptions? options = null)
    {
        using TensorArchive archive = TensorArchive.Open(input);
        List<WeightTensor> tensors = [];
        foreach (TensorEntry entry in archive.Entries)
        {
            tensors.Add(WeightTensor.Of(archive, entry));
        }

        if (toTorch)
        {
            WriteTorch(output, tensors, new TorchFileLayout { Metadata = DescriptionOf(archive, options) });
        }
        else
        {
            Dictionary<string, string> metadata = new(archive.Metadata);
            foreach ((string key, string text) in DescriptionOf(archive, options))
            {
                metadata[key] = text;
            }

            WriteSafetensors(output, tensors, metadata);
        }

        return new ConversionReport(WeightSet.From(archive).Family, tensors.Count, CheckpointDetails.Of(archive).Architecture,
            archive.Skipped);
    }

    /// <summary>Writes weights as Avion's own checkpoint, which describes itself.</summary>
    public static ConversionReport ToAvion(string input, string output, ConversionOptions options)
    {
        using TensorArchive archive = TensorArchive.Open(input);
        WeightSet weights = WeightSet.From(archive, options.From);
        CheckpointDetails details = DetailsOf(archive, options);
        ModelArchitecture? architecture = details.Architecture is null
            ? ArchitectureInference.Of(weights, options)
            : Renamed(details.Architecture);
        if (architecture is null && options.From is null)
        {
            throw NoModel(archive, weights);
        }

        IReadOnlyList<WeightTensor> tensors = weights.In(WeightFamily.Avion);
        WriteSafetensors(output, tensors, (details with { Architecture = architecture }).ToMetadata());
        return new ConversionReport(weights.Family, tensors.Count, architecture, weights.Skipped, details.Tokenizer);
    }

    /// <summary>Writes weights as another program's PyTorch checkpoint.</summary>
    public static ConversionReport ToTorch(string input, string output, WeightFamily family, ConversionOptions options)
    {
        using TensorArchive archive = TensorArchive.Open(input);
        WeightSet weights = WeightSet.From(archive, options.From);
        if (!weights.IsKnown)
        {
            throw NoModel(archive, weights);
        }

        CheckpointDetails details = DetailsOf(archive, options);
        ModelArchitecture? architecture = details.Architecture ?? Inferred(weights, options);
        if (options.MakesSingleFrame)
        {
            SingleFrame.Fold(weights);
            architecture = OfOneFrame(architecture);
        }

        IReadOnlyList<WeightTensor> tensors = weights.In(family);
        Dictionary<string, string> metadata = new((details with { Architecture = architecture }).ToMetadata());
        foreach ((string key, string text) in family == WeightFamily.VideoMae ? KeyBias.Texts(weights.Tensors) : [])
        {
            metadata[key] = text;
        }

        TorchFileLayout layout = new()
        {
            WeightsKey = family switch
            {
                WeightFamily.Avion or WeightFamily.AvionPlain or WeightFamily.LaviLa or WeightFamily.OpenClip => "state_dict",
                WeightFamily.VideoMae => "model",
                _ => null,
            },
            Metadata = metadata,
        };
        if (family is WeightFamily.Avion or WeightFamily.AvionPlain)
        {
            layout = layout with
            {
                Numbers = new Dictionary<string, long> { ["epoch"] = 0 }, Options = RunOptions.Of(architecture, family),
            };
        }

        WriteTorch(output, tensors, layout);
        return new ConversionReport(weights.Family, tensors.Count, architecture, weights.Skipped, details.Tokenizer);
    }

    private static CheckpointDetails DetailsOf(TensorArchive archive, ConversionOptions options)
    {
        CheckpointDetails details = CheckpointDetails.Of(archive);
        return options.Vocabulary is { } vocabulary
            ? details with { Tokenizer = vocabulary.Identity, Vocabulary = vocabulary.Merges }
            : details;
    }

    /// <summary>What files of Avion say of themselves; other texts have their place elsewhere.</summary>
    private static Dictionary<string, string> DescriptionOf(TensorArchive archive, ConversionOptions? options)
    {
        Dictionary<string, string> texts =
            new(archive.Metadata.Where(text => text.Key.StartsWith("avion.", StringComparison.Ordinal)));
        if (options?.Vocabulary is not null)
        {
            foreach ((string key, string text) in DetailsOf(archive, options).ToMetadata())
            {
                texts[key] = text;
            }
        }

        return texts;
    }

    /// <summary>What is known of weights of another program; null where it is not enough for a description.</summary>
    private static ModelArchitecture? Inferred(WeightSet weights, ConversionOptions options)
    {
        try
        {
            return ArchitectureInference.Of(weights, options);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static ModelArchitecture? OfOneFrame(ModelArchitecture? architecture) => architecture is null ? null : architecture with
    {
        DualEncoder = architecture.DualEncoder is not { } encoder ? null
            : encoder with { Vision = encoder.Vision with { FrameCount = 1 } },
        VideoClassifier = architecture.VideoClassifier is not { } classifier ? null
            : classifier with { Vision = classifier.Vision with { FrameCount = 1 } },
    };

    private static CheckpointException NoModel(TensorArchive archive, WeightSet weights)
    {
        const int Listed = 5;
        string found = string.Join(", ", archive.Entries.Take(Listed).Select(entry => $"{entry.Name} {entry.ShapeText}"));
        string more = archive.Entries.Count > Listed ? $" and {archive.Entries.Count - Listed} more" : "";
        string skipped = weights.Skipped.Count > 0 ? $"; passed over: {SkippedMember.Describe(weights.Skipped)}" : "";
        return new CheckpointException(archive.Path,
            $"its tensors are not those of a whole model that Avion knows; it holds {found}{more}{skipped}",
            weights.IsKnown
                ? "To load a part into a model of your own configuration, name the family with --from."
                : "Convert the file that holds the model itself, or name its family with --from.");
    }

    private static ModelArchitecture Renamed(ModelArchitecture architecture) => architecture with
    {
        DualEncoder = architecture.DualEncoder is not { } encoder ? null
            : encoder with { Naming = ParameterNaming.Flash, PatchProjection = PatchProjectionLayout.Linear },
        VideoClassifier = architecture.VideoClassifier is not { } classifier ? null
            : classifier with { Naming = ParameterNaming.Flash, PatchProjection = PatchProjectionLayout.Linear },
        VideoMae = architecture.VideoMae is not { } autoencoder ? null : autoencoder with { Tubelets = Renamed(autoencoder.Tubelets) },
        VideoMaeClassifier = architecture.VideoMaeClassifier is not { } ofMae ? null : ofMae with { Tubelets = Renamed(ofMae.Tubelets) },
    };

    private static TubeletConfig Renamed(TubeletConfig tubelets) =>
        tubelets with { Naming = ParameterNaming.Flash, PatchProjection = PatchProjectionLayout.Linear };

    internal static void WriteSafetensors(string path, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using SafetensorsWriter writer = new(path, Entries(tensors), metadata);
        CopyAll(tensors, writer.Write);
        writer.Complete();
    }

    private static void WriteTorch(string path, IReadOnlyList<WeightTensor> tensors, TorchFileLayout layout)
    {
        using TorchFileWriter writer = new(path, Entries(tensors), layout);
        CopyAll(tensors, writer.Write);
        writer.Complete();
    }

    private delegate void WriteElements(TensorEntry entry, ReadOnlySpan<byte> bytes);

    private static void CopyAll(IReadOnlyList<WeightTensor> tensors, WriteElements write)
    {
        byte[] buffer = new byte[ChunkElements * sizeof(double)];
        foreach (WeightTensor tensor in tensors)
        {
            int size = tensor.Entry.Type.SizeInBytes();
            for (long first = 0; first < tensor.Entry.ElementCount; first += ChunkElements)
            {
                Span<byte> part = buffer.AsSpan(0, (int)Math.Min(ChunkElements, tensor.Entry.ElementCount - first) * size);
                tensor.Read(first, part);
                write(tensor.Entry, part);
            }
        }
    }

    private static List<TensorEntry> Entries(IReadOnlyList<WeightTensor> tensors)
    {
        List<TensorEntry> entries = [];
        foreach (WeightTensor tensor in tensors)
        {
            entries.Add(tensor.Entry);
        }

        return entries;
    }
}
