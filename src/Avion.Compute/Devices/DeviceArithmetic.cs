namespace Avion.Compute;

/// <summary>What decides the last digits of a device's results: with the same, results are equal to the bit; with others they differ from
/// about the seventh digit on.</summary>
/// <param name="MatrixLibrary">Name and version of the library that multiplies matrices.</param>
/// <param name="Instructions">Processor, vector width and instruction set of the kernels.</param>
/// <param name="Precision">Type of activations and working weights.</param>
public sealed record DeviceArithmetic(string MatrixLibrary, string Instructions, ElementType Precision = ElementType.Float32);
