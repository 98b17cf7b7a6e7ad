namespace Avion.Cli;

/// <summary>What a clip shows. Grammar: "a COLOUR SHAPE MOTION", for example "a red circle moves left".</summary>
public sealed record Caption(ObjectColour Colour, ObjectShape Shape, Motion Motion)
{
    public string Text => $"a {Colour.Name} {Shape.Name} {Motion.Phrase}";

    /// <summary>The caption that differs in the direction of motion alone.</summary>
    public Caption Reversed => this with { Motion = Motion.Opposite };
}
