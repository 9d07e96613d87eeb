#include <iostream>

#include "app/settings_table.hpp"

int main() { std::cout << recant::app::settings_table(); }
