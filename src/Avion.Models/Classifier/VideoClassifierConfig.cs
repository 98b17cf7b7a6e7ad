namespace Avion.Models;

/// <summary>Sizes and choices of a classifier over the vision tower of a dual encoder.</summary>
public sealed record VideoClassifierConfig
{
    /// <summary>The vision tower.</summary>
    public required VisionConfig Vision { get; init; }

    /// <summary>Names and number of classes of each head; a single head is named <c>fc_cls</c> as published.</summary>
    public required IReadOnlyList<ClassifierHead> Heads { get; init; }

    /// <summary>Share of the features that are dropped before the heads in training.</summary>
    public float DropoutRate { get; init; } = 0.5f;

    /// <summary>Under which of the two published sets of names the vision parameters go.</summary>
    public ParameterNaming Naming { get; init; } = ParameterNaming.Flash;

    /// <summary>Shape under which the patch projection is stored.</summary>
    public PatchProjectionLayout PatchProjection { get; init; } = PatchProjectionLayout.Linear;

    /// <summary>Checks that the sizes go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Validate()
    {
        Vision.Validate();
        ConfigCheck.Share("classifier", nameof(DropoutRate), DropoutRate);
        ConfigCheck.Positive("classifier", "number of heads", Heads.Count);
        foreach (ClassifierHead head in Heads)
        {
            ConfigCheck.Positive("classifier", $"classes of head '{head.Name}'", head.ClassCount);
        }
    }
}

/// <summary>One linear layer over the features of a clip.</summary>
/// <param name="Name">Prefix of its parameters: <c>fc_cls</c>, or <c>fc_verb</c> and <c>fc_noun</c>.</param>
/// <param name="ClassCount">Number of classes.</param>
public sealed record ClassifierHead(string Name, int ClassCount);
