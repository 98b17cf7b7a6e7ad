namespace Avion.Models;

/// <summary>Families of checkpoints that name the same weights in their own ways.</summary>
public enum WeightFamily
{
    /// <summary>AVION with fused attention, or VideoMAE with fused attention: Avion's own names.</summary>
    Avion,

    /// <summary>AVION without fused attention.</summary>
    AvionPlain,

    /// <summary>OpenAI's CLIP, trained with the quick GELU.</summary>
    OpenAi,

    /// <summary>open_clip: OpenAI's names, most of its models with the exact GELU.</summary>
    OpenClip,

    /// <summary>LaViLa.</summary>
    LaviLa,

    /// <summary>The original VideoMAE.</summary>
    VideoMae,
}

/// <summary>The families' names.</summary>
public static class WeightFamilies
{
    /// <summary>For people.</summary>
    public static string NameOf(WeightFamily family) => family switch
    {
        WeightFamily.Avion => "Avion or AVION",
        WeightFamily.AvionPlain => "AVION without fused attention",
        WeightFamily.OpenAi => "OpenAI CLIP",
        WeightFamily.OpenClip => "open_clip",
        WeightFamily.LaviLa => "LaViLa",
        _ => "VideoMAE",
    };
}
