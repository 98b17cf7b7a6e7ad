namespace Avion.Models;

/// <summary>Weight and bias of a linear layer or of a layer normalization, under <c>name.weight</c> and <c>name.bias</c>.</summary>
public readonly struct LayerParameters
{
    public LayerParameters(Parameter weight, Parameter bias) => (Weight, Bias) = (weight, bias);

    public Parameter Weight { get; }

    public Parameter Bias { get; }

    public static LayerParameters Linear(ParameterDeclarations declare, string name, int inputs, int outputs, InitialValue weight,
        InitialValue bias) =>
        new(declare.Add(name + ".weight", new Shape(outputs, inputs), weight), declare.Add(name + ".bias", new Shape(outputs), bias));

    public static LayerParameters Norm(ParameterDeclarations declare, string name, int width) =>
        new(declare.Add(name + ".weight", new Shape(width), InitialValue.One),
            declare.Add(name + ".bias", new Shape(width), InitialValue.Zero));
}
